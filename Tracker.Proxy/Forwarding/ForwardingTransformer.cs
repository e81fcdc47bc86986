using System.Net;
using Microsoft.Net.Http.Headers;
using Tracker.Proxy.Capture;
using Yarp.ReverseProxy.Forwarder;

namespace Tracker.Proxy.Forwarding;

/// <summary>
/// Makes the upstream's request from the client's, and the client's response from the upstream's, changing nothing but what belongs to one
/// connection (docs/adr/0001-forwarding-boundary.md). One for each request.
/// </summary>
internal sealed class ForwardingTransformer(Uri upstreamTarget, OutgoingHead? head, CallCapture? capture, SocketCapture? socket, HiddenUsageStream? hidden) : HttpTransformer
{
    public override async ValueTask TransformRequestAsync(
        HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
        proxyRequest.RequestUri = upstreamTarget;
        proxyRequest.Headers.Host = null; // The upstream's own, from the address.

        // YARP counts this one among the hop-by-hop headers; it is not.
        if (httpContext.Request.Headers.TryGetValue(HeaderNames.UpgradeInsecureRequests, out var value))
        {
            proxyRequest.Headers.TryAddWithoutValidation(HeaderNames.UpgradeInsecureRequests, value.ToArray());
        }

        if (head is { KeepsLinesApart: true } && !SeparateHeaderLines.TryMark(proxyRequest))
        {
            head.JoinLines();
        }
    }

    public override async ValueTask<bool> TransformResponseAsync(HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        var copyBody = await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
        if (proxyResponse is null)
        {
            return copyBody;
        }

        capture?.ObserveResponse(proxyResponse);
        if (proxyResponse.StatusCode == HttpStatusCode.SwitchingProtocols)
        {
            socket?.Begin(proxyResponse.Headers); // YARP upgrades the client's connection after this.
        }

        SuppressDate(httpContext);
        if (hidden?.Begin(proxyResponse) == true)
        {
            httpContext.Response.ContentLength = null; // It gets shorter.
        }

        if (MayBeSilentForLong(proxyResponse))
        {
            // The client learns at once that its stream has begun, as it would without us; YARP would wait for the first event.
            await httpContext.Response.Body.FlushAsync(cancellationToken);
        }

        return copyBody;
    }

    private static bool MayBeSilentForLong(HttpResponseMessage response) =>
        response.StatusCode == HttpStatusCode.OK && response.Content.Headers.ContentLength is null && response.RequestMessage?.Method != HttpMethod.Head;

    /// <summary>
    /// Kestrel adds a Date of its own where there is none. One without a value counts as there, and is not written over HTTP/1.1; over HTTP/2 it is, as an empty one, which is no date.
    /// </summary>
    private static void SuppressDate(HttpContext context)
    {
        if (!context.Response.Headers.ContainsKey(HeaderNames.Date) && !HttpProtocol.IsHttp2(context.Request.Protocol))
        {
            context.Response.Headers.Date = new Microsoft.Extensions.Primitives.StringValues([null]);
        }
    }
}
