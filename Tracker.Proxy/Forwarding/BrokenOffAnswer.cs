using Microsoft.AspNetCore.Http.Features;

namespace Tracker.Proxy.Forwarding;

/// <summary>
/// Ends an answer that its upstream broke off, over HTTP/1.1. YARP would abort the connection, and Kestrel then throws away what the socket has not taken yet: of an upstream that
/// breaks off within a millisecond the client would see fewer bytes than without us. YARP asks this feature first, which HTTP/1.1 does not have; it only remembers.
/// </summary>
internal sealed class BrokenOffAnswer : IHttpResetFeature
{
    private BrokenOffAnswer()
    {
    }

    /// <summary>The answer was broken off.</summary>
    public bool IsReset { get; private set; }

    /// <returns>Null for HTTP/2, whose streams Kestrel resets.</returns>
    public static BrokenOffAnswer? Watch(HttpContext context)
    {
        if (context.Features.Get<IHttpResetFeature>() is not null)
        {
            return null;
        }

        var answer = new BrokenOffAnswer();
        context.Features.Set<IHttpResetFeature>(answer);
        return answer;
    }

    void IHttpResetFeature.Reset(int errorCode) => IsReset = true;

    /// <summary>To be called last. An answer whose request failed after its head is sent as far as it came; Kestrel then closes the connection without the end that the answer lacks.</summary>
    /// <exception cref="BrokenOffException">It was broken off.</exception>
    public void ThrowIfReset()
    {
        if (IsReset)
        {
            throw new BrokenOffException();
        }
    }
}
