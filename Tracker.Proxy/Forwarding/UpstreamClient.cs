using System.Net;
using System.Text;

namespace Tracker.Proxy.Forwarding;

/// <summary>The one HTTP client: keeps connections, follows nothing, decodes nothing, adds nothing.</summary>
internal sealed class UpstreamClient : IDisposable
{
    /// <summary>For all of a host's addresses together.</summary>
    public static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(30);

    public HttpMessageInvoker Invoker { get; } = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        // HTTP_PROXY, HTTPS_PROXY and NO_PROXY, on Windows and macOS the system's setting too.
        UseProxy = true,
        // Windows' own proxy can be several, of which only the original tells the handler the others.
        Proxy = OperatingSystem.IsWindows() ? null : new ProxyForOthers(HttpClient.DefaultProxy),
        // No traceparent of ours.
        ActivityHeadersPropagator = null,
        EnableMultipleHttp2Connections = true,
        ConnectCallback = UpstreamConnection.ConnectAsync,
        ConnectTimeout = ConnectTimeout,
        // Of a head, in KB, as much as Kestrel takes from clients. The default of 64 would be a limit of ours. Memory is taken as a head comes.
#pragma warning disable CA2262 // It is in KB.
        MaxResponseHeadersLength = 1024,
#pragma warning restore CA2262
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(90),
        // So that a changed DNS entry is seen.
        PooledConnectionLifetime = TimeSpan.FromMinutes(15),
        // A dead HTTP/2 connection is noticed although a stream on it is rightly silent for minutes.
        KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
        KeepAlivePingDelay = TimeSpan.FromSeconds(30),
        KeepAlivePingTimeout = TimeSpan.FromSeconds(30),
        // Bytes in, the same bytes out, whatever they mean.
        RequestHeaderEncodingSelector = (_, _) => Encoding.Latin1,
        ResponseHeaderEncodingSelector = (_, _) => Encoding.Latin1,
        PlaintextStreamFilter = (context, _) => ValueTask.FromResult(
            context.NegotiatedHttpVersion == HttpVersion.Version11 ? new UpstreamConnectionStream(context.PlaintextStream) : context.PlaintextStream),
    });

    public void Dispose() => Invoker.Dispose();
}
