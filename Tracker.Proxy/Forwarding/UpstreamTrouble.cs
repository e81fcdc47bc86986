using System.Collections.Concurrent;

namespace Tracker.Proxy.Forwarding;

/// <summary>Remembers which upstreams cannot be reached, so that the log tells when that begins and ends, not of every try in between.</summary>
internal sealed class UpstreamTrouble
{
    private readonly ConcurrentDictionary<string, bool> _failing = new(StringComparer.Ordinal);

    /// <returns>Whether this failure is the first one.</returns>
    public bool HasBegun(string provider) => _failing.TryAdd(provider, true);

    /// <returns>Whether this success is the first one after a failure.</returns>
    public bool HasEnded(string provider) => !_failing.IsEmpty && _failing.TryRemove(provider, out _);
}
