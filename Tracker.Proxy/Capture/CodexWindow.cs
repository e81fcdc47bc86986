using Tracker.Storage.Usage;

namespace Tracker.Proxy.Capture;

/// <summary>
/// A window of a ChatGPT subscription as answers tell it, by headers or by a message. Its place (<c>primary</c>, <c>secondary</c>) does not say which it is, its
/// length does (KarpelesLab/teamclaude#246). Limits come in families: that of the subscription as a whole is <c>codex</c> or <c>premium</c>, that of a model alone has a name
/// of its own, such as <c>codex_bengalfox</c> (openai/codex, <c>codex-rs/codex-api/src/rate_limits.rs</c>; fawney19/Aether#748; read 2026-11).
/// </summary>
internal static class CodexWindow
{
    private const string Prefix = "codex_";

    /// <returns>Null for the limits of the subscription as a whole.</returns>
    public static string? FamilyOf(string? limitId)
    {
        var id = limitId?.Trim().ToLowerInvariant().Replace('-', '_');
        return id is null or "" or "codex" or "premium" ? null : Cut(id.StartsWith(Prefix, StringComparison.Ordinal) ? id[Prefix.Length..] : id);
    }

    /// <returns><c>5h</c>, of a family <c>5h_bengalfox</c>. Null for a place without a window: its length is 0 and it never begins anew (router-for-me/CLIProxyAPI#4833).</returns>
    public static LimitSample? Read(string? family, string place, double? usedPercent, long? minutes, DateTimeOffset? resetsAt, DateTimeOffset now)
    {
        var length = LimitSample.WindowOf(minutes);
        if (usedPercent is not (>= 0 and <= 1_000_000) || (length is null && resetsAt is null))
        {
            return null;
        }

        return new LimitSample(family is null ? length ?? place : $"{length ?? place}_{family}", now, usedPercent.Value / 100, resetsAt);
    }

    private static string Cut(string family) => family.Length <= LimitHeaders.LongestWindow ? family : family[..LimitHeaders.LongestWindow];

    /// <returns>Null for what is no time to come.</returns>
    public static DateTimeOffset? After(long? seconds, DateTimeOffset now) => seconds is > 0 and < 366 * 86_400 ? now.AddSeconds(seconds.Value) : null;

    /// <returns>Null for what no clock shows.</returns>
    public static DateTimeOffset? At(long? secondsSince1970) =>
        secondsSince1970 is > 0 and <= 253_402_300_799 ? DateTimeOffset.FromUnixTimeSeconds(secondsSince1970.Value) : null;
}
