using System.Globalization;
using System.Net.Http.Headers;
using Tracker.Storage.Usage;

namespace Tracker.Proxy.Capture;

/// <summary>
/// What response headers tell of a subscription's windows: <c>anthropic-ratelimit-unified-5h-utilization</c> (a fraction) with <c>…-reset</c> (seconds since 1970,
/// or an ISO time), and Codex's <c>x-codex-primary-used-percent</c> with <c>…-window-minutes</c> and <c>…-reset-at</c> or <c>…-reset-after-seconds</c> (as public issues of
/// opencode and Claude Code and Codex's own source show them, read 2026-11). <c>x-codex-bengalfox-primary-…</c> is of the family <c>codex_bengalfox</c>, and those without a
/// family of the one that <c>x-codex-active-limit</c> names: they repeat a model's own when that model was asked (fawney19/Aether#748).
/// </summary>
internal static class LimitHeaders
{
    private const string Unified = "anthropic-ratelimit-unified-";
    private const string Utilization = "-utilization";
    private const string Codex = "x-codex-";
    private const string UsedPercent = "-used-percent";

    /// <summary>A response has two or three of them; one with more is none that is known.</summary>
    private const int Most = 8;
    public const int LongestWindow = 32;

    public static IReadOnlyList<LimitSample> Read(HttpResponseHeaders headers, DateTimeOffset now)
    {
        List<LimitSample>? samples = null;
        foreach (var (name, values) in headers.NonValidated)
        {
            if (ReadOne(headers, name, values, now) is { } sample && (samples is null || (samples.Count < Most && !samples.Exists(other => other.Window == sample.Window))))
            {
                (samples ??= []).Add(sample);
            }
        }

        return samples ?? (IReadOnlyList<LimitSample>)[];
    }

    /// <summary>What is known of each window when more is told.</summary>
    public static IReadOnlyList<LimitSample> Latest(IReadOnlyList<LimitSample> known, IReadOnlyList<LimitSample> told) =>
        known.Count == 0 ? told : [.. known.Where(old => told.All(sample => sample.Window != old.Window)).Concat(told).TakeLast(Most)];

    private static LimitSample? ReadOne(HttpResponseHeaders headers, string name, HeaderStringValues values, DateTimeOffset now)
    {
        if (Middle(name, Unified, Utilization) is { } window)
        {
            return Number(values.ToString()) is { } fraction ? new LimitSample(window, now, fraction, Time(Value(headers, $"{Unified}{window}-reset"))) : null;
        }

        return Middle(name, Codex, UsedPercent) is { } which ? ReadCodex(headers, which, Number(values.ToString()), now) : null;
    }

    private static LimitSample? ReadCodex(HttpResponseHeaders headers, string which, double? usedPercent, DateTimeOffset now)
    {
        var family = which[..(which.LastIndexOf('-') + 1)];
        var place = which[family.Length..];
        return place is "primary" or "secondary"
            ? CodexWindow.Read(
                CodexWindow.FamilyOf(family.Length > 0 ? family[..^1] : Value(headers, Codex + "active-limit")),
                place,
                usedPercent,
                Whole(Value(headers, $"{Codex}{which}-window-minutes")),
                CodexWindow.At(Whole(Value(headers, $"{Codex}{which}-reset-at"))) ?? CodexWindow.After(Whole(Value(headers, $"{Codex}{which}-reset-after-seconds")), now),
                now)
            : null;
    }

    private static string? Middle(string name, string before, string after) =>
        name.Length > before.Length + after.Length && name.Length <= before.Length + after.Length + LongestWindow
        && name.StartsWith(before, StringComparison.OrdinalIgnoreCase) && name.EndsWith(after, StringComparison.OrdinalIgnoreCase)
            ? name[before.Length..^after.Length].ToLowerInvariant()
            : null;

    private static string? Value(HttpResponseHeaders headers, string name) => headers.NonValidated.TryGetValues(name, out var values) ? values.ToString() : null;

    private static double? Number(string? text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number is >= 0 and <= 1_000_000 ? number : null;

    private static DateTimeOffset? Time(string? text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds <= DateTimeOffset.MaxValue.ToUnixTimeSeconds()
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time.ToUniversalTime() : null;

    private static long? Whole(string? text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
