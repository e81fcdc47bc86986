namespace Tracker.Storage.Pricing;

/// <summary>What the words of an answer about tier, speed and region mean for the price. A word that is not here may change it, so it has no price.</summary>
internal static class CallTerms
{
    private const string Fast = "fast";

    /// <summary>The key of the rates in a <see cref="Price"/>; empty: the standard ones. Null: unknown.</summary>
    public static string? TierOf(string? serviceTier, string? speed)
    {
        var tier = IsStandardTier(serviceTier) ? "" : serviceTier!.ToLowerInvariant();
        return speed switch
        {
            null or "" or "standard" => tier == Fast ? null : tier,
            Fast => tier.Length == 0 ? Fast : null,
            _ => null,
        };
    }

    public static bool IsEverywhere(string? geo) => geo is null or "" or "global" or "not_available";

    public static bool IsUs(string? geo) => geo == "us";

    // Anthropic: standard; OpenAI: default, auto (the request's word, where the answer has none); Groq: on_demand; Gemini: ON_DEMAND.
    private static bool IsStandardTier(string? tier) => tier is null or "" or "standard" or "default" or "auto" or "on_demand" or "ON_DEMAND";
}
