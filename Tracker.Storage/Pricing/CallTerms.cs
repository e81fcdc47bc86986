namespace Tracker.Storage.Pricing;

/// <summary>What the words of an answer about tier, speed and region mean for the price. A word that is not here may change it, so it has no price.</summary>
internal static class CallTerms
{
    private const string Fast = "fast";
    private const string Priority = "priority";

    /// <summary>The key of the rates in a <see cref="Price"/>; empty: the standard ones. Null: unknown.</summary>
    /// <param name="provider">Whose price it is: words are the vendors' own.</param>
    /// <param name="serviceTier">The word for the tier.</param>
    /// <param name="speed">Anthropic's word for the speed.</param>
    public static string? TierOf(string? provider, string? serviceTier, string? speed)
    {
        var word = serviceTier?.ToLowerInvariant();
        var tier = IsStandardTier(word) ? "" : word!;
        // OpenAI renamed Priority to Fast on 2026-07-30 (openai.com/api-fast-mode, seen 2026-11); its GPT-6 models answer "fast", those before "priority"
        // (docs.litellm.ai/docs/providers/openai/ultrafast, tried there on 2026-10-06).
        if (tier == Fast && provider is "openai" or "azure")
        {
            tier = Priority;
        }

        return speed switch
        {
            null or "" or "standard" => tier == Fast ? null : tier,
            Fast => tier.Length == 0 ? Fast : null,
            _ => null,
        };
    }

    public static bool IsEverywhere(string? geo) => geo is null or "" or "global" or "not_available";

    public static bool IsUs(string? geo) => geo == "us";

    // Anthropic: standard; OpenAI: default, auto (the request's word, where the answer has none); Groq: on_demand; Gemini: ON_DEMAND, and the unspecified of its enumerations.
    private static bool IsStandardTier(string? tier) => tier is null or "" or "standard" or "default" or "auto" or "on_demand" or "unspecified" or "service_tier_unspecified" or "traffic_type_unspecified";
}
