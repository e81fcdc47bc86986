using System.Diagnostics;
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Tracker.Tests.Support;

namespace Tracker.Tests.EndToEnd;

/// <summary>Bodies of requests: encoded, large, and announced by <c>Expect</c>.</summary>
public sealed class RequestBodyTests : IDisposable
{
    private readonly TestDatabase _database = new();

    public void Dispose() => _database.Dispose();

    [TestCase("gzip")]
    [TestCase("deflate")]
    [TestCase("br")]
    [TestCase("zstd")]
    [TestCase("unknown")]
    [CancelAfter(60_000)]
    public async Task An_encoded_body_is_forwarded_as_it_is_and_read_on_a_copy(string encoding, CancellationToken cancellationToken)
    {
        var got = (Body: Array.Empty<byte>(), Encoding: "");
        await using var upstream = await KestrelUpstream.StartAsync(
            async context =>
            {
                using var body = new MemoryStream();
                await context.Request.Body.CopyToAsync(body, context.RequestAborted);
                got = (body.ToArray(), context.Request.Headers.ContentEncoding.ToString());
                await context.WriteMessageAsync(1);
            },
            cancellationToken);
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, upstream.Address, cancellationToken);
        using var client = new HttpClient { BaseAddress = proxy.Address };
        var sent = Encode(Encoding.UTF8.GetBytes($$"""{"messages":[{"role":"user","content":"{{new string('x', 300_000)}}"}],"model":"claude-opus-4-8"}"""), encoding);

        using var response = await client.PostAsync("/v1/messages", new ByteArrayContent(sent) { Headers = { ContentEncoding = { encoding } } }, cancellationToken);

        await proxy.WaitForStoredAsync(1, cancellationToken);
        Assert.That((got.Body.AsSpan().SequenceEqual(sent), got.Encoding), Is.EqualTo((true, encoding)));
        Assert.That(_database.Scalar<string>("SELECT coalesce(request_model, 'unread') FROM usage"), Is.EqualTo(encoding == "unknown" ? "unread" : "claude-opus-4-8"));
    }

    [Test, CancelAfter(120_000)]
    public async Task Memory_does_not_grow_with_the_bodies([Values(1, 2)] int version, CancellationToken cancellationToken)
    {
        const int size = 32 * 1024 * 1024;
        const int calls = 8;
        await using var upstream = await KestrelUpstream.StartAsync(
            async context =>
            {
                await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
                await context.WriteMessageAsync(1);
            },
            cancellationToken);
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, upstream.Address, cancellationToken);
        using var client = new HttpClient { BaseAddress = proxy.Address };
        var body = new byte[size];
        body.AsSpan().Fill((byte)'x');
        "{\"messages\":\""u8.CopyTo(body);
        "\",\"model\":\"m\"}"u8.CopyTo(body.AsSpan(size - 14));

        await Task.WhenAll(Enumerable.Range(0, calls).Select(async _ =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/messages")
            {
                Version = new Version(version, version == 1 ? 1 : 0),
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
                Content = new ByteArrayContent(body),
            };
            using var response = await client.SendAsync(request, cancellationToken);
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        }));

        using var process = Process.GetProcessById(proxy.Process.Id);
        Assert.That(process.PeakWorkingSet64, Is.LessThan(250_000_000), $"{calls} bodies are {calls * size}, a proxy at rest has about 100 MB");
    }

    [Test, CancelAfter(60_000)]
    public async Task A_client_that_expects_100_gets_it_when_the_upstream_has_given_it_and_its_body_goes_on(CancellationToken cancellationToken)
    {
        using var upstream = new TcpListener(IPAddress.Loopback, 0);
        upstream.Start();
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, AddressOf(upstream), cancellationToken);
        using var client = new TcpClient();

        var stream = await ExpectAsync(client, proxy, 2, cancellationToken);
        using var connection = await upstream.AcceptTcpClientAsync(cancellationToken);
        var head = await ReadUntilAsync(connection.GetStream(), "\r\n\r\n", cancellationToken);
        await connection.GetStream().WriteAsync("HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray(), cancellationToken);
        var go = await ReadUntilAsync(stream, "\r\n\r\n", cancellationToken);
        await stream.WriteAsync("{}"u8.ToArray(), cancellationToken);
        var body = await ReadUntilAsync(connection.GetStream(), "}", cancellationToken);
        await connection.GetStream().WriteAsync("HTTP/1.1 204 No Content\r\n\r\n"u8.ToArray(), cancellationToken);
        var answer = await ReadUntilAsync(stream, "\r\n\r\n", cancellationToken);

        Assert.That(head, Does.Contain("Expect: 100-continue\r\n").And.Contain("Content-Length: 2\r\n"));
        Assert.That((go, body), Is.EqualTo(("HTTP/1.1 100 Continue\r\n\r\n", "{}")));
        Assert.That(answer, Does.StartWith("HTTP/1.1 204"));
    }

    [Test, CancelAfter(60_000)]
    public async Task A_client_whose_request_is_refused_by_its_head_is_not_asked_for_the_body(CancellationToken cancellationToken)
    {
        using var upstream = new TcpListener(IPAddress.Loopback, 0);
        upstream.Start();
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, AddressOf(upstream), cancellationToken);

        // HttpClient sends a body of up to 1 KB all the same. And it waits a second for the upstream to say anything: on a machine that is busy for longer the client is
        // asked too, so try again.
        var answer = "";
        for (var attempt = 0; attempt < 5 && !answer.StartsWith("HTTP/1.1 413", StringComparison.Ordinal); attempt++)
        {
            using var client = new TcpClient();
            var stream = await ExpectAsync(client, proxy, 100_000, cancellationToken);
            using var connection = await upstream.AcceptTcpClientAsync(cancellationToken);
            await ReadUntilAsync(connection.GetStream(), "\r\n\r\n", cancellationToken);
            await connection.GetStream().WriteAsync("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray(), cancellationToken);
            answer = await ReadUntilAsync(stream, "\r\n\r\n", cancellationToken);
        }

        Assert.That(answer, Does.StartWith("HTTP/1.1 413"));
    }

    [Test, CancelAfter(60_000)]
    public async Task A_body_that_the_client_gets_wrong_is_no_trouble_of_the_upstream(CancellationToken cancellationToken)
    {
        using var upstream = new TcpListener(IPAddress.Loopback, 0);
        upstream.Start();
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, AddressOf(upstream), cancellationToken, "Logging:Level=Debug");

        var answer = await RawClient.SendAsync(proxy.Address, "POST /v1/messages HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n", cancellationToken);
        await proxy.Process.WaitForLineAsync(line => line.Contains("could not be read to its end: the client gets 400", StringComparison.Ordinal), cancellationToken);
        Assert.That((answer[..12], proxy.Process.Output.Contains("Cannot reach", StringComparison.Ordinal)), Is.EqualTo(("HTTP/1.1 400", false)));

        upstream.Stop();
        using var client = new HttpClient { BaseAddress = proxy.Address };
        using var response = await client.PostAsync("/v1/messages", new StringContent("{}"), cancellationToken);
        await proxy.Process.WaitForLineAsync(line => line.Contains("Cannot reach", StringComparison.Ordinal), cancellationToken);
    }

    private static Uri AddressOf(TcpListener listener) => new($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");

    private static async Task<NetworkStream> ExpectAsync(TcpClient client, ProxyUnderTest proxy, int length, CancellationToken cancellationToken)
    {
        await client.ConnectAsync(IPAddress.Loopback, proxy.Address.Port, cancellationToken);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"POST /v1/messages HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\nExpect: 100-continue\r\n\r\n"), cancellationToken);
        return client.GetStream();
    }

    private static async Task<string> ReadUntilAsync(NetworkStream stream, string end, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        var one = new byte[1];
        while (!text.ToString().EndsWith(end, StringComparison.Ordinal))
        {
            await stream.ReadExactlyAsync(one, cancellationToken);
            text.Append((char)one[0]);
        }

        return text.ToString();
    }

    private static byte[] Encode(byte[] body, string encoding)
    {
        using var result = new MemoryStream();
        using (Stream encoder = encoding switch
        {
            "gzip" => new GZipStream(result, CompressionLevel.Fastest, leaveOpen: true),
            "deflate" => new ZLibStream(result, CompressionLevel.Fastest, leaveOpen: true),
            "br" => new BrotliStream(result, CompressionLevel.Fastest, leaveOpen: true),
            "zstd" => new ZstdSharp.CompressionStream(result, leaveOpen: true),
            _ => new BufferedStream(result),
        })
        {
            encoder.Write(body);
            encoder.Flush();
            if (encoding == "unknown")
            {
                return result.ToArray();
            }
        }

        return result.ToArray();
    }
}
