using System.Text.Json;
using Tracker.Storage.Usage;

namespace Tracker.Importer.Sources.Codex;

/// <summary>
/// How much of a ChatGPT subscription was used, as <c>token_count</c> tells: what the headers <c>x-codex-primary-…</c> and <c>x-codex-secondary-…</c> said. Seen: null without a subscription.
/// The fields are those of Codex's source (<c>codex-rs/protocol</c>, read 2026-11): <c>used_percent</c>, <c>window_minutes</c>, <c>resets_at</c> (seconds since 1970), in older
/// versions <c>resets_in_seconds</c>.
/// </summary>
internal static class CodexLimits
{
    // The route of the proxy that these limits are told on. With an API key there are none.
    private const string Provider = "chatgpt";

    // Those of the subscription as a whole; others are of single models.
    private const string WholeSubscription = "codex";

    // Every call tells them, most often the same.
    private static readonly TimeSpan ToldAgainAfter = TimeSpan.FromMinutes(5);

    /// <param name="limits">The line's <c>rate_limits</c>.</param>
    /// <param name="time">The line's time.</param>
    /// <param name="known">What was told last of each window; is brought up to date.</param>
    public static IReadOnlyList<LimitSample> FindChanged(JsonElement limits, DateTimeOffset time, List<LimitSample> known)
    {
        if (limits.Text("limit_id") is not (null or WholeSubscription))
        {
            return [];
        }

        var changed = new List<LimitSample>();
        foreach (var name in (string[])["primary", "secondary"])
        {
            if (Read(limits.Field(name), name, time) is { } sample && IsNew(sample, known.Find(last => last.Window == sample.Window)))
            {
                known.RemoveAll(last => last.Window == sample.Window);
                known.Add(sample);
                changed.Add(sample);
            }
        }

        return changed;
    }

    private static LimitSample? Read(JsonElement window, string name, DateTimeOffset time)
    {
        if (window.Field("used_percent") is not { ValueKind: JsonValueKind.Number } used || !used.TryGetDouble(out var percent) || percent is not (>= 0 and <= 1_000_000))
        {
            return null;
        }

        var reset = window.Count("resets_at") is { } seconds && seconds <= DateTimeOffset.MaxValue.ToUnixTimeSeconds() ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : window.Count("resets_in_seconds") is { } rest and < 366 * 86_400 ? time.AddSeconds(rest)
            : (DateTimeOffset?)null;
        // A place without a window has 0 minutes and never begins anew (router-for-me/CLIProxyAPI#4833, read 2026-11).
        var length = LimitSample.WindowOf(window.Count("window_minutes"));
        return length is null && reset is null ? null : new LimitSample(length ?? name, time, percent / 100, reset, Provider);
    }

    private static bool IsNew(LimitSample sample, LimitSample? last) => last is null || last.UsedFraction != sample.UsedFraction || sample.ObservedAt - last.ObservedAt >= ToldAgainAfter;
}
