using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Tracker.Tests.Support;

namespace Tracker.Tests.EndToEnd;

/// <summary>HTTP/2 without TLS on the port that also speaks HTTP/1.1, and HTTP/2 to upstreams.</summary>
public sealed class Http2Tests : IDisposable
{
    private static readonly byte[] Preface = [.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8];
    private readonly TestDatabase _database = new();

    public void Dispose() => _database.Dispose();

    [Test, CancelAfter(60_000)]
    public async Task A_client_that_speaks_HTTP2_from_the_start_is_forwarded_and_recorded(CancellationToken cancellationToken)
    {
        var seen = "";
        await using var upstream = await KestrelUpstream.StartAsync(
            context =>
            {
                seen = $"{context.Request.Scheme} {context.Request.Protocol} {context.Request.Host} {context.Request.Headers["x-one"]}";
                return context.WriteEventsAsync(AnthropicAnswers.Stream(1));
            },
            cancellationToken);
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, upstream.Address, cancellationToken);
        using var client = new HttpClient { BaseAddress = proxy.Address, DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };

        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/messages") { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact, Content = new StringContent("""{"model":"m","stream":true}""") };
        request.Headers.Add("x-one", "two");
        using var response = await client.SendAsync(request, cancellationToken);
        var health = await client.GetStringAsync("/status", cancellationToken);
        using var openAI = await client.PostAsync("/v1/responses", new StringContent("{}"), cancellationToken);

        await proxy.WaitForStoredAsync(1, cancellationToken);
        Assert.That((response.Version, response.StatusCode), Is.EqualTo((HttpVersion.Version20, HttpStatusCode.OK)));
        Assert.That(await response.Content.ReadAsStringAsync(cancellationToken), Is.EqualTo(AnthropicAnswers.Stream(1)));
        Assert.That(seen, Is.EqualTo($"http HTTP/1.1 {upstream.Address.Authority} two"));
        Assert.That(health, Does.Contain("\"stored\""));
        Assert.That(await openAI.Content.ReadAsStringAsync(cancellationToken), Does.Contain($"http://{proxy.Address.Authority}/openai/v1"));
        Assert.That(_database.Scalar<string>("SELECT usage_key || ' ' || outcome FROM usage"), Is.EqualTo($"anthropic:{AnthropicAnswers.IdOf(1)} completed"));
    }

    [Test, CancelAfter(60_000)]
    public async Task The_first_bytes_decide_however_they_are_cut(CancellationToken cancellationToken)
    {
        await using var upstream = new RawUpstream("HTTP/1.1 204 No Content\r\n\r\n");
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, upstream.Address, cancellationToken);

        foreach (var at in (int[])[0, 1, 2, 3, 10, 23])
        {
            // An empty SETTINGS frame follows the preface; the answer begins with one of the server's own (type 4).
            var answer = await SendAsync(proxy, [.. Preface, 0, 0, 0, 4, 0, 0, 0, 0, 0], at, 9, cancellationToken);
            Assert.That((answer[0], answer[3]), Is.EqualTo(((byte)0, (byte)4)), $"preface cut at {at}");

            foreach (var method in (string[])["GET", "PUT", "PRI", "PROPFIND"])
            {
                var text = Encoding.ASCII.GetString(await SendAsync(proxy, Encoding.ASCII.GetBytes($"{method} /v1/x HTTP/1.1\r\nHost: localhost\r\n\r\n"), at, 12, cancellationToken));
                Assert.That(text, Is.EqualTo("HTTP/1.1 204"), $"{method} cut at {at}");
            }
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task Connections_on_which_nothing_or_half_a_preface_is_sent_do_not_hold_up_a_stop(CancellationToken cancellationToken)
    {
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, new Uri("http://127.0.0.1:1"), cancellationToken, "Proxy:ShutdownGrace=01:00:00");
        using var silent = new TcpClient();
        using var half = new TcpClient();
        await silent.ConnectAsync(IPAddress.Loopback, proxy.Address.Port, cancellationToken);
        await half.ConnectAsync(IPAddress.Loopback, proxy.Address.Port, cancellationToken);
        await half.GetStream().WriteAsync(Preface.AsMemory(0, 10), cancellationToken);
        await proxy.GetStatusAsync(cancellationToken); // Both have been accepted before it.

        Assert.That(await proxy.StopAsync(cancellationToken), Is.Zero);
    }

    // As a load balancer looks whether the port is open.
    [Test, CancelAfter(60_000)]
    public async Task A_connection_that_is_reset_at_once_is_no_error(CancellationToken cancellationToken)
    {
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, new Uri("http://127.0.0.1:1"), cancellationToken);

        for (var connection = 0; connection < 50; connection++)
        {
            using var client = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await client.ConnectAsync(IPAddress.Loopback, proxy.Address.Port, cancellationToken);
            client.Close(timeout: 0);
        }

        await proxy.GetStatusAsync(cancellationToken); // It has been accepted after all of them.
        Assert.That(await proxy.StopAsync(cancellationToken), Is.Zero);
        Assert.That(proxy.Process.Output, Does.Not.Contain("ERR").And.Not.Contain("WRN").And.Not.Contain("Exception"));
    }

    [Test, CancelAfter(60_000)]
    public async Task A_date_that_the_upstream_has_not_sent_is_none_or_a_whole_one([Values(1, 2)] int version, CancellationToken cancellationToken)
    {
        await using var upstream = new RawUpstream("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, upstream.Address, cancellationToken);
        using var client = new HttpClient();

        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(proxy.Address, "/v1/x")) { Version = new Version(version, version == 1 ? 1 : 0), VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using var response = await client.SendAsync(request, cancellationToken);

        Assert.That(response.Headers.NonValidated.Contains("Date"), Is.EqualTo(version == 2), "Kestrel's own over HTTP/2");
        Assert.That(response.Headers.Date, version == 2 ? Is.Not.Null : Is.Null);
    }

    [Test, CancelAfter(60_000)]
    public async Task A_head_of_many_kilobytes_reaches_the_client([Values(1, 2)] int version, [Values] bool upstreamSpeaksHttp2, CancellationToken cancellationToken)
    {
        const int Lines = 50;
        const int LineBytes = 2000;
        using var certificate = SelfSigned.Create();
        if (upstreamSpeaksHttp2)
        {
            SelfSigned.RequireTrust();
        }

        var lines = Enumerable.Range(0, Lines).Select(line => (Name: $"X-Line-{line}", Value: new string((char)('a' + (line % 26)), LineBytes))).ToList();
        var protocol = "";
        await using var encrypted = await KestrelUpstream.StartAsync(
            context =>
            {
                protocol = context.Request.Protocol;
                lines.ForEach(line => context.Response.Headers[line.Name] = line.Value);
                return context.Response.WriteAsync("hi", context.RequestAborted);
            },
            cancellationToken,
            certificate: certificate);
        await using var plain = new RawUpstream($"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n{string.Concat(lines.Select(line => $"{line.Name}: {line.Value}\r\n"))}\r\nhi");
        await using var proxy = await ProxyUnderTest.StartAsync(
            _database.Folder, upstreamSpeaksHttp2 ? encrypted.Address : plain.Address, await SelfSigned.TrustAsync(certificate, _database.Folder, cancellationToken), cancellationToken);
        using var client = new HttpClient(new SocketsHttpHandler { MaxResponseHeadersLength = 120 });

        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(proxy.Address, "/v1/x")) { Version = new Version(version, version == 1 ? 1 : 0), VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using var response = await client.SendAsync(request, cancellationToken);

        Assert.That(await response.Content.ReadAsStringAsync(cancellationToken), Is.EqualTo("hi"));
        Assert.That(lines.Select(line => response.Headers.NonValidated[line.Name].ToString()), Is.EqualTo(lines.Select(line => line.Value)));
        Assert.That(protocol, Is.EqualTo(upstreamSpeaksHttp2 ? "HTTP/2" : ""));
    }

    [Test, CancelAfter(60_000)]
    public async Task Trailers_of_answers_reach_a_client_of_HTTP2_and_are_left_out_for_one_of_HTTP1([Values(1, 2)] int version, [Values] bool upstreamSpeaksHttp2, CancellationToken cancellationToken)
    {
        using var certificate = SelfSigned.Create();
        if (upstreamSpeaksHttp2)
        {
            SelfSigned.RequireTrust();
        }

        var protocol = "";
        await using var encrypted = await KestrelUpstream.StartAsync(
            async context =>
            {
                protocol = context.Request.Protocol;
                context.Response.DeclareTrailer("x-checksum");
                await context.Response.WriteAsync("hi", context.RequestAborted);
                context.Response.AppendTrailer("x-checksum", "abc");
            },
            cancellationToken,
            certificate: certificate);
        await using var plain = new RawUpstream("HTTP/1.1 200 OK\r\nTrailer: x-checksum\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nx-checksum: abc\r\n\r\n");
        await using var proxy = await ProxyUnderTest.StartAsync(
            _database.Folder, upstreamSpeaksHttp2 ? encrypted.Address : plain.Address, await SelfSigned.TrustAsync(certificate, _database.Folder, cancellationToken), cancellationToken);
        using var client = new HttpClient();

        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(proxy.Address, "/v1/x")) { Version = new Version(version, version == 1 ? 1 : 0), VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        using var response = await client.SendAsync(request, cancellationToken);

        Assert.That(await response.Content.ReadAsStringAsync(cancellationToken), Is.EqualTo("hi"));
        Assert.That(response.TrailingHeaders.ToString().Trim(), Is.EqualTo(version == 2 ? "x-checksum: abc" : ""), "Kestrel writes none over HTTP/1.1");
        Assert.That(protocol, Is.EqualTo(upstreamSpeaksHttp2 ? "HTTP/2" : ""));
    }

    [Test, CancelAfter(60_000)]
    public async Task An_answer_that_comes_before_the_upload_is_over_is_not_said_to_have_broken_off(CancellationToken cancellationToken)
    {
        SelfSigned.RequireTrust();

        using var certificate = SelfSigned.Create();
        await using var upstream = await KestrelUpstream.StartAsync(
            async context =>
            {
                context.Response.StatusCode = 413;
                await context.Response.WriteAsync("big", context.RequestAborted);
            },
            cancellationToken,
            certificate: certificate);
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, upstream.Address, await SelfSigned.TrustAsync(certificate, _database.Folder, cancellationToken), cancellationToken);
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, proxy.Address.Port, cancellationToken);
        var stream = client.GetStream();

        await stream.WriteAsync("POST /v1/messages HTTP/1.1\r\nHost: t\r\nContent-Length: 10000000\r\n\r\n{"u8.ToArray(), cancellationToken);
        var head = await ReadHeadAsync(stream, cancellationToken);
        await proxy.WaitForStoredAsync(1, cancellationToken);

        Assert.That(head, Does.StartWith("HTTP/1.1 413"));
        client.Close(); // A stop would wait for the rest of the upload.
        await proxy.StopAsync(cancellationToken); // Now all that it says has come.
        Assert.That(proxy.Process.Output, Does.Not.Contain("broke off").And.Not.Contain("ERR"));
    }

    [TestCase("")]
    [TestCase("x-a: 1\r\nx-a: 2\r\n")]
    [CancelAfter(60_000)]
    public async Task A_socket_is_asked_for_by_GET_where_the_upstream_speaks_HTTP2_too(string lines, CancellationToken cancellationToken)
    {
        await using var sockets = await EchoOverTlsAsync(cancellationToken);
        using var connection = new TcpClient();
        await connection.ConnectAsync(IPAddress.Loopback, sockets.Proxy.Address.Port, cancellationToken);
        var stream = connection.GetStream();
        const string handshake = "GET /openai/v1/responses HTTP/1.1\r\nHost: t\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";

        await stream.WriteAsync(Encoding.ASCII.GetBytes($"{handshake}{lines}\r\n"), cancellationToken);
        Assert.That(await ReadHeadAsync(stream, cancellationToken), Does.StartWith("HTTP/1.1 101 "));
        using var client = WebSocket.CreateFromStream(stream, new WebSocketCreationOptions());

        await AssertEchoAsync(client, cancellationToken);
        Assert.That(sockets.Seen, Is.EqualTo((string[])[lines.Length == 0 ? "GET HTTP/1.1 " : "GET HTTP/1.1 1,2"]));
    }

    [Test, CancelAfter(60_000)]
    public async Task A_socket_over_HTTP2_is_one_over_HTTP1_to_the_upstream(CancellationToken cancellationToken)
    {
        await using var sockets = await EchoOverTlsAsync(cancellationToken);
        using var client = new ClientWebSocket();
        (client.Options.HttpVersion, client.Options.HttpVersionPolicy) = (HttpVersion.Version20, HttpVersionPolicy.RequestVersionExact);
        using var invoker = new HttpMessageInvoker(new SocketsHttpHandler());

        await client.ConnectAsync(new UriBuilder(sockets.Proxy.Address) { Scheme = "ws", Path = "/openai/v1/responses" }.Uri, invoker, cancellationToken);

        await AssertEchoAsync(client, cancellationToken);
        Assert.That(sockets.Seen, Is.EqualTo((string[])["GET HTTP/1.1 "]));
    }

    [Test, CancelAfter(60_000)]
    public async Task A_certificate_that_this_machine_does_not_trust_is_refused(CancellationToken cancellationToken)
    {
        using var certificate = SelfSigned.Create();
        await using var upstream = await KestrelUpstream.StartAsync(context => context.WriteMessageAsync(1), cancellationToken, certificate: certificate);
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, upstream.Address, cancellationToken);
        using var client = new HttpClient { BaseAddress = proxy.Address };

        using var response = await client.GetAsync("/v1/x", cancellationToken);

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadGateway));
        Assert.That(await response.Content.ReadAsStringAsync(cancellationToken), Does.Contain("certificate"));
    }

    private static async Task AssertEchoAsync(WebSocket client, CancellationToken cancellationToken)
    {
        var buffer = new byte[100];
        await client.SendAsync("hello"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, cancellationToken);
        var echo = await client.ReceiveAsync(buffer.AsMemory(), cancellationToken);
        await client.CloseAsync(WebSocketCloseStatus.NormalClosure, null, cancellationToken);

        Assert.That((Encoding.ASCII.GetString(buffer, 0, echo.Count), client.CloseStatusDescription), Is.EqualTo(("hello", "bye")));
    }

    private static async Task<string> ReadHeadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var head = new StringBuilder();
        var next = new byte[1]; // What follows is the socket's.
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(next, cancellationToken) == 1)
        {
            head.Append((char)next[0]);
        }

        return head.ToString();
    }

    /// <summary>Kestrel speaks WebSockets over HTTP/2 too, where TLS negotiates it.</summary>
    private async Task<EchoOverTls> EchoOverTlsAsync(CancellationToken cancellationToken)
    {
        SelfSigned.RequireTrust();

        var certificate = SelfSigned.Create();
        var seen = new ConcurrentQueue<string>();
        var upstream = await KestrelUpstream.StartAsync(
            async context =>
            {
                seen.Enqueue($"{context.Request.Method} {context.Request.Protocol} {context.Request.Headers["x-a"]}");
                using var socket = await context.WebSockets.AcceptWebSocketAsync();
                var buffer = new byte[100];
                while (await socket.ReceiveAsync(buffer, context.RequestAborted) is { MessageType: not WebSocketMessageType.Close } frame)
                {
                    await socket.SendAsync(buffer.AsMemory(0, frame.Count), frame.MessageType, frame.EndOfMessage, context.RequestAborted);
                }

                await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "bye", context.RequestAborted);
            },
            cancellationToken,
            application => application.UseWebSockets(),
            certificate);
        var proxy = await ProxyUnderTest.StartAsync(
            _database.Folder, upstream.Address, await SelfSigned.TrustAsync(certificate, _database.Folder, cancellationToken), cancellationToken, $"Proxy:Providers:openai:BaseAddress={upstream.Address.GetLeftPart(UriPartial.Authority)}");
        return new EchoOverTls(certificate, upstream, proxy, seen);
    }

    private static async Task<byte[]> SendAsync(ProxyUnderTest proxy, byte[] bytes, int cutAt, int wanted, CancellationToken cancellationToken)
    {
        using var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(IPAddress.Loopback, proxy.Address.Port, cancellationToken);
        var stream = client.GetStream();
        await stream.WriteAsync(bytes.AsMemory(0, cutAt), cancellationToken);
        if (cutAt > 0)
        {
            await proxy.GetStatusAsync(cancellationToken); // The first piece is likely to have been seen alone.
        }

        await stream.WriteAsync(bytes.AsMemory(cutAt), cancellationToken);
        var answer = new byte[wanted];
        await stream.ReadExactlyAsync(answer, cancellationToken);
        return answer;
    }

    private sealed record EchoOverTls(X509Certificate2 Certificate, KestrelUpstream Upstream, ProxyUnderTest Proxy, ConcurrentQueue<string> Seen) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Proxy.DisposeAsync();
            await Upstream.DisposeAsync();
            Certificate.Dispose();
        }
    }
}
