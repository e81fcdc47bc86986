using System.Collections.Concurrent;
using System.Text.RegularExpressions;

namespace Tracker.Proxy.Forwarding;

/// <summary>
/// POSTs that a provider has answered and that nobody here reads. Most run no model, but one that does and makes no row is among them, so their number is
/// shown. Since the start; not kept.
/// </summary>
internal sealed partial class UnreadCalls
{
    /// <summary>Different paths; what comes after them is counted as <see cref="Other"/>.</summary>
    public const int MostPaths = 100;

    public const string Other = "other";

    private const int MostSegments = 8;

    private readonly ConcurrentDictionary<(string Provider, string Path), long> _calls = new();

    /// <summary>Those with the most calls first.</summary>
    public IReadOnlyList<UnreadCall> All =>
    [
        .. _calls.Select(call => new UnreadCall(call.Key.Provider, call.Key.Path, call.Value))
            .OrderByDescending(call => call.Calls).ThenBy(call => call.Provider, StringComparer.Ordinal).ThenBy(call => call.Path, StringComparer.Ordinal),
    ];

    public void OnAnswered(string provider, string path)
    {
        var key = (provider, WithoutIds(path));
        if (!_calls.ContainsKey(key) && _calls.Count >= MostPaths)
        {
            key = (provider, Other);
        }

        _calls.AddOrUpdate(key, 1, static (_, calls) => calls + 1);
    }

    // An id, or the name of something that is the user's, is whatever does not look like a word of an API.
    private static string WithoutIds(string path)
    {
        var segments = path.Split('/', MostSegments + 1);
        for (var i = 0; i < segments.Length; i++)
        {
            var method = Method().Match(segments[i]);
            segments[i] = i == MostSegments ? "…" : method.Success ? "{id}" + method.Value : Word().IsMatch(segments[i]) ? segments[i] : "{id}";
        }

        return string.Join('/', segments);
    }

    [GeneratedRegex(@"^([a-z_-]{0,24}|v\d{1,2}([a-z]{1,5}\d{0,2})?)\z")]
    private static partial Regex Word();

    [GeneratedRegex(@":[A-Za-z]{1,32}\z")]
    private static partial Regex Method();
}

/// <summary>A path of a provider, ids left out, and how often it was answered.</summary>
internal sealed record UnreadCall(string Provider, string Path, long Calls);
