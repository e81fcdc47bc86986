using Tracker.Storage.Usage;

namespace Tracker.Importer.Sources.Cline;

/// <summary>
/// How the counts of a task's request are to be understood. It depends on the provider: each of Cline's adapters hands its API's counts on in its own way
/// (cline/cline, v3.78.0 of 2026-04-10, <c>src/core/api/providers</c>).
/// </summary>
internal static class ClineProviders
{
    /// <returns>Null for a name that only says which API is spoken.</returns>
    public static string? RouteOf(string? provider) => provider == "openai" ? null : ProviderNames.Of(provider);

    /// <summary>
    /// Whether the provider is a program whose own log has the call: Cline starts <c>claude -p</c> for each request, and Claude Code writes it into its transcript. The two rows would
    /// have nothing in common by which to join them.
    /// </summary>
    public static bool HasOwnLog(string? provider) => provider == "claude-code";

    /// <summary>Whether its <c>tokensIn</c> leaves the cached tokens out.</summary>
    public static bool ExcludesCache(string? provider) =>
        provider is "anthropic" or "vertex" or "bedrock" or "openai-native" or "openrouter" or "cline" or "gemini" or "deepseek";

    /// <summary>What the counts are worth.</summary>
    public static CountQuality QualityOf(string? provider) => provider switch
    {
        // The output of message_start, a few tokens, is added to the final output, which includes it.
        "anthropic" or "vertex" => CountQuality.Overstated,
        // Old versions do not name the provider: it may have been one of those.
        null => CountQuality.Overstated,
        // The thoughts are left out of the output.
        "gemini" => CountQuality.Partial,
        _ => CountQuality.Exact,
    };
}
