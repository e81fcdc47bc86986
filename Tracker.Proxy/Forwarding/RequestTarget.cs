namespace Tracker.Proxy.Forwarding;

/// <summary>The target of a request line as the client sent it, cut at its first segment and never decoded.</summary>
/// <param name="FirstSegment"><c>v1</c> of <c>/v1/messages?beta=true</c>; empty for <c>/</c>.</param>
/// <param name="Full">The path and query string as sent.</param>
/// <param name="Rest">What follows the first segment: <c>/messages?beta=true</c>, or empty.</param>
internal readonly record struct RequestTarget(string FirstSegment, string Full, string Rest)
{
    /// <summary>The path of <see cref="Full"/>, without the query string.</summary>
    public ReadOnlySpan<char> Path => PathOf(Full);

    public static ReadOnlySpan<char> PathOf(ReadOnlySpan<char> target)
    {
        var query = target.IndexOf('?');
        return query < 0 ? target : target[..query];
    }

    public static RequestTarget Parse(string rawTarget)
    {
        var target = OriginForm(rawTarget);
        var end = target.AsSpan(1).IndexOfAny('/', '?');
        return end < 0
            ? new RequestTarget(target[1..], target, "")
            : new RequestTarget(target[1..(end + 1)], target, target[(end + 1)..]);
    }

    /// <summary>Clients that take Tracker for an HTTP proxy send a whole URL; only its path and query are ours to look at.</summary>
    private static string OriginForm(string rawTarget)
    {
        if (rawTarget.StartsWith('/'))
        {
            return rawTarget;
        }

        var scheme = rawTarget.IndexOf("://", StringComparison.Ordinal);
        var path = scheme < 0 ? -1 : rawTarget.IndexOf('/', scheme + 3);
        return path < 0 ? "/" : rawTarget[path..];
    }
}
