using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Tracker.Tests.Support;

/// <summary>Stands before the fake upstream and writes down each request as it came, to the byte.</summary>
internal sealed class RelayUpstream : IAsyncDisposable
{
    // Of one connection each: these differ with and without a proxy. Names have no case and no order among them; the values of one name have.
    private static readonly string[] OfTheConnection = ["host", "connection"];

    private readonly HttpMessageInvoker _client = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false });
    private readonly ConcurrentQueue<string> _requests = new();
    private readonly Uri _upstream;
    private KestrelUpstream? _host;

    private RelayUpstream(Uri upstream) => _upstream = upstream;

    public Uri Address => _host!.Address;

    /// <summary>Method, target, headers and a hash of the body of each request.</summary>
    public IReadOnlyList<string> Requests => [.. _requests];

    public static async Task<RelayUpstream> StartAsync(Uri upstream, CancellationToken cancellationToken)
    {
        var relay = new RelayUpstream(upstream);
        relay._host = await KestrelUpstream.StartAsync(relay.RelayAsync, cancellationToken);
        return relay;
    }

    public async ValueTask DisposeAsync()
    {
        await _host!.DisposeAsync();
        _client.Dispose();
    }

    private async Task RelayAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        var target = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
        var headers = context.Request.Headers.Select(header => (Name: header.Key.ToLowerInvariant(), Values: string.Join(" | ", header.Value.ToArray())))
            .Where(header => !OfTheConnection.Contains(header.Name)).OrderBy(header => header.Name, StringComparer.Ordinal).Select(header => $"{header.Name}: {header.Values}");
        _requests.Enqueue($"{context.Request.Method} {target}\n{string.Join('\n', headers)}\n{Convert.ToHexString(SHA256.HashData(body.ToArray()))}");

        using var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), new Uri(_upstream, target)) { Content = new ByteArrayContent(body.ToArray()) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", context.Request.ContentType);
        using var response = await _client.SendAsync(request, context.RequestAborted);
        context.Response.StatusCode = (int)response.StatusCode;
        foreach (var (name, values) in response.Headers.Concat(response.Content.Headers).Where(header => header.Key is not ("Connection" or "Keep-Alive" or "Transfer-Encoding" or "Date")))
        {
            context.Response.Headers.Append(name, values.ToArray());
        }

        await response.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
    }
}
