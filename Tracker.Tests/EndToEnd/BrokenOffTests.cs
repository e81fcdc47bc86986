using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Tracker.Tests.Support;

namespace Tracker.Tests.EndToEnd;

/// <summary>Upstreams that break off an answer within a millisecond of its first bytes: the client sees as much of it through the proxy as without.</summary>
public sealed class BrokenOffTests : IDisposable
{
    private const int Rounds = 60;
    private const string Body = """{"model":"claude-opus-4-8","messages":[]}""";
    private static readonly string Piece = "event: ping\ndata: {\"type\": \"ping\"}\n\n" + new string(' ', 3000);

    private readonly TestDatabase _database = new();

    public void Dispose() => _database.Dispose();

    [Test, CancelAfter(120_000)]
    public async Task What_came_before_the_end_reaches_the_client([Values] bool chunked, [Values] bool reset, [Values] bool atOnce, CancellationToken cancellationToken)
    {
        await using var upstream = new BreakingUpstream(chunked, reset, atOnce ? TimeSpan.Zero : TimeSpan.FromMilliseconds(0.5));
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, upstream.Address, cancellationToken);

        for (var round = 0; round < Rounds; round++)
        {
            var direct = await AskAsync(upstream.Address, cancellationToken);
            var proxied = await AskAsync(proxy.Address, cancellationToken);

            Assert.That(direct, Is.EqualTo((BreakingUpstream.Sent, false)));
            Assert.That(proxied, Is.EqualTo(direct), $"round {round}");
        }

        await proxy.WaitForStoredAsync(Rounds, cancellationToken);
        Assert.That(_database.Query("SELECT DISTINCT outcome FROM usage").Single()["outcome"], Is.EqualTo("incomplete"));
        Assert.That(await proxy.StopAsync(cancellationToken), Is.Zero); // Now all that it says has come.
        Assert.That(proxy.Process.Output, Does.Not.Contain("Exception"));
    }

    [Test, CancelAfter(60_000)]
    public async Task Connection_of_a_broken_answer_is_closed_and_the_next_call_works(CancellationToken cancellationToken)
    {
        await using var upstream = new BreakingUpstream(chunked: true, reset: true, TimeSpan.Zero);
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, upstream.Address, cancellationToken);
        using var client = new HttpClient { BaseAddress = proxy.Address };

        for (var call = 0; call < 3; call++)
        {
            using var response = await client.SendAsync(
                new HttpRequestMessage(HttpMethod.Post, "/v1/messages") { Content = new StringContent(Body) }, HttpCompletionOption.ResponseHeadersRead, cancellationToken);

            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
            Assert.That(() => response.Content.ReadAsStringAsync(cancellationToken), Throws.InstanceOf<HttpRequestException>());
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task Row_has_the_status_that_the_client_got_of_an_answer_without_its_first_byte(CancellationToken cancellationToken)
    {
        await using var upstream = new SocketServer(async (connection, stopping) =>
        {
            await connection.ReceiveAsync(new byte[4096], stopping);
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n"u8.ToArray(), stopping);
        });
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, upstream.Address, cancellationToken);
        using var client = new HttpClient { BaseAddress = proxy.Address };

        using var response = await client.PostAsync("/v1/messages", new StringContent(Body), cancellationToken);

        await proxy.WaitForStoredAsync(1, cancellationToken);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadGateway));
        Assert.That(_database.Scalar<string>("SELECT status_code || ' ' || outcome FROM usage"), Is.EqualTo("502 error"));
    }

    [Test, CancelAfter(60_000)]
    public async Task Repeated_header_lines_stay_apart_when_a_request_is_sent_again_on_another_connection(CancellationToken cancellationToken)
    {
        var heads = new List<string>();
        await using var upstream = new SocketServer(async (connection, stopping) =>
        {
            var buffer = new byte[4096];
            for (var request = 0; request < 2 && await connection.ReceiveAsync(buffer, stopping) is > 0 and var count; request++)
            {
                heads.Add(Encoding.Latin1.GetString(buffer, 0, count));
                if (request == 0)
                {
                    await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"u8.ToArray(), stopping);
                }
            }
        });
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, upstream.Address, cancellationToken);

        for (var call = 0; call < 2; call++)
        {
            var answer = await RawClient.SendAsync(
                proxy.Address, "GET /v1/x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nanthropic-beta: one\r\nanthropic-beta: two\r\n\r\n", cancellationToken);
            Assert.That(answer, Does.StartWith("HTTP/1.1 200"));
        }

        Assert.That(heads, Has.Count.EqualTo(3).And.All.Contain("anthropic-beta: one\r\nanthropic-beta: two\r\n"));
    }

    [Test, CancelAfter(120_000)]
    public async Task Terminal_that_was_stopped_holds_up_no_call_and_no_stop(CancellationToken cancellationToken)
    {
        const int Calls = 1200; // Each prints a line of 150 bytes or more, and a pipe takes 64 KB.
        await using var upstream = new BreakingUpstream(chunked: true, reset: false, TimeSpan.Zero);
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, upstream.Address, cancellationToken);
        proxy.Process.StopReading();

        for (var call = 0; call < Calls; call++)
        {
            await AskAsync(proxy.Address, cancellationToken);
        }

        await proxy.WaitForStoredAsync(Calls, cancellationToken);
        while (Logged() < Calls)
        {
            await Task.Delay(20, cancellationToken);
        }

        using var process = Process.GetProcessById(proxy.Process.Id);
        proxy.Process.Terminate();
        await process.WaitForExitAsync(cancellationToken);

        int Logged()
        {
            // Two files, if the day ends meanwhile.
            return Directory.GetFiles(Path.Combine(_database.Folder, "logs")).Sum(path =>
            {
                using var log = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
                return log.ReadToEnd().Split('\n').Count(line => line.Contains("UpstreamBrokeOff", StringComparison.Ordinal));
            });
        }
    }

    /// <returns>The answer's body as far as it came, and whether it said that it was whole.</returns>
    private static async Task<(string Body, bool IsWhole)> AskAsync(Uri address, CancellationToken cancellationToken)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(address.Host, address.Port, cancellationToken);
        await socket.SendAsync(Encoding.ASCII.GetBytes($"POST /v1/messages HTTP/1.1\r\nHost: {address.Authority}\r\nContent-Length: {Body.Length}\r\n\r\n{Body}"), cancellationToken);
        var answer = new StringBuilder();
        var buffer = new byte[16 * 1024];
        try
        {
            int count;
            while ((count = await socket.ReceiveAsync(buffer, cancellationToken)) > 0)
            {
                answer.Append(Encoding.Latin1.GetString(buffer, 0, count));
            }
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionReset)
        {
            // One way to break off.
        }

        var text = answer.ToString();
        var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        var body = end < 0 ? "" : text[(end + 4)..];
        return text[..Math.Max(end, 0)].Contains("Transfer-Encoding: chunked", StringComparison.OrdinalIgnoreCase) ? Unchunk(body) : (body, false);
    }

    private static (string Body, bool IsWhole) Unchunk(string chunks)
    {
        var body = new StringBuilder();
        while (chunks.IndexOf("\r\n", StringComparison.Ordinal) is > 0 and var line)
        {
            var length = int.Parse(chunks.AsSpan(0, line), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if (length == 0)
            {
                return (body.ToString(), true);
            }

            var rest = chunks[(line + 2)..];
            body.Append(rest.AsSpan(0, Math.Min(length, rest.Length)));
            chunks = rest.Length > length + 2 ? rest[(length + 2)..] : "";
        }

        return (body.ToString(), false);
    }

    /// <summary>Sends two pieces and a half and breaks off.</summary>
    private sealed class BreakingUpstream : IAsyncDisposable
    {
        private readonly byte[] _head;
        private readonly byte[] _body;
        private readonly bool _reset;
        private readonly TimeSpan _pause;
        private readonly SocketServer _server;

        public BreakingUpstream(bool chunked, bool reset, TimeSpan pause)
        {
            (_reset, _pause) = (reset, pause);
            var length = chunked ? "Transfer-Encoding: chunked" : $"Content-Length: {Sent.Length + 1000}";
            _head = Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n{length}\r\n\r\n");
            var chunk = $"{Piece.Length:x}\r\n{Piece}\r\n";
            _body = Encoding.ASCII.GetBytes(chunked ? $"{chunk}{chunk}{Piece.Length:x}\r\n{Piece[..(Piece.Length / 2)]}" : Sent);
            _server = new SocketServer(AnswerAsync);
        }

        /// <summary>What a client sees of the body.</summary>
        public static string Sent => Piece + Piece + Piece[..(Piece.Length / 2)];

        public Uri Address => _server.Address;

        public ValueTask DisposeAsync() => _server.DisposeAsync();

        private async Task AnswerAsync(Socket connection, CancellationToken cancellationToken)
        {
            connection.NoDelay = true; // What the system holds back would be lost with the reset.
            var request = new StringBuilder();
            var buffer = new byte[4096];
            while (!request.ToString().EndsWith(Body, StringComparison.Ordinal))
            {
                var count = await connection.ReceiveAsync(buffer, cancellationToken);
                if (count == 0)
                {
                    return;
                }

                request.Append(Encoding.Latin1.GetString(buffer, 0, count));
            }

            await connection.SendAsync(_head, cancellationToken);
            await connection.SendAsync(_body, cancellationToken);
            for (var since = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(since) < _pause;)
            {
                Thread.SpinWait(10); // Shorter than any timer.
            }

            if (_reset)
            {
                connection.Close(timeout: 0);
            }
        }
    }
}
