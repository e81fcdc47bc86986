using System.Globalization;
using System.Net.Http.Headers;
using Tracker.Storage.Usage;

namespace Tracker.Proxy.Capture;

/// <summary>
/// What response headers tell of a subscription's windows: <c>anthropic-ratelimit-unified-5h-utilization</c> (a fraction) with <c>…-reset</c> (seconds since 1970,
/// or an ISO time), and Codex's <c>x-codex-primary-used-percent</c> with <c>…-window-minutes</c> and <c>…-reset-at</c> (as public issues of opencode and
/// Claude Code and Codex's own source show them, read 2026-11).
/// </summary>
internal static class LimitHeaders
{
    private const string Unified = "anthropic-ratelimit-unified-";
    private const string Utilization = "-utilization";
    private const string Codex = "x-codex-";
    private const string UsedPercent = "-used-percent";

    /// <summary>A response has two or three of them; one with more is none that is known.</summary>
    private const int Most = 8;
    private const int LongestWindow = 32;

    public static IReadOnlyList<LimitSample> Read(HttpResponseHeaders headers, DateTimeOffset now)
    {
        List<LimitSample>? samples = null;
        foreach (var (name, values) in headers.NonValidated)
        {
            if (ReadOne(headers, name, values, now) is { } sample && (samples?.Count ?? 0) < Most)
            {
                (samples ??= []).Add(sample);
            }
        }

        return samples ?? (IReadOnlyList<LimitSample>)[];
    }

    private static LimitSample? ReadOne(HttpResponseHeaders headers, string name, HeaderStringValues values, DateTimeOffset now)
    {
        if (Middle(name, Unified, Utilization) is { } window)
        {
            return Number(values.ToString()) is { } fraction ? new LimitSample(window, now, fraction, Time(Value(headers, $"{Unified}{window}-reset"))) : null;
        }

        return Middle(name, Codex, UsedPercent) is { } which && Number(values.ToString()) is { } percent
            ? new LimitSample(WindowOf(Value(headers, $"{Codex}{which}-window-minutes")) ?? which, now, percent / 100, Time(Value(headers, $"{Codex}{which}-reset-at")))
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

    private static string? WindowOf(string? minutes) => int.TryParse(minutes, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? LimitSample.WindowOf(number) : null;
}
