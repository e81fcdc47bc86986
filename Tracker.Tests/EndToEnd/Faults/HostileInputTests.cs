using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Tracker.Tests.Support;

namespace Tracker.Tests.EndToEnd.Faults;

/// <summary>Bodies that no API sends: they are forwarded as they are, in bounded memory, and the row is right or marked.</summary>
public sealed class HostileInputTests : IDisposable
{
    private const long MemoryBound = 400_000_000; // A proxy at rest has about 100 MB.
    private const string Call = "POST /v1/messages HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
    private readonly TestDatabase _database = new();

    public void Dispose() => _database.Dispose();

    private static readonly string Nul = "\\u0000";

    private static IEnumerable<TestCaseData> Answers()
    {
        var stream = AnthropicAnswers.Stream(1);
        yield return Case("an endless line", "text/event-stream", ["data: ", .. Enumerable.Repeat(new string('x', 1 << 20), 100)], "incomplete");
        yield return Case("endless blank lines, then an answer", "text/event-stream", [.. Enumerable.Repeat(new string('\n', 1 << 20), 20), stream], "completed");
        yield return Case("a million open arrays", "application/json", [new string('[', 1_000_000)], "incomplete");
        yield return Case("a million open objects", "application/json", [string.Concat(Enumerable.Repeat("{\"usage\":", 1_000_000))], "incomplete");
        yield return Case("a string of 100 MB", "application/json", ["{\"id\":\"", .. Enumerable.Repeat(new string('m', 1 << 20), 100), "\"}"], "incomplete");
        yield return Case("a hundred thousand tools", "application/json",
            [AnthropicAnswers.Message(1).Replace("\"content\":[", "\"content\":[" + string.Concat(Enumerable.Range(0, 100_000).Select(i => $"{{\"type\":\"tool_use\",\"id\":\"toolu_{i}\",\"name\":\"{new string('n', 100)}\"}},")), StringComparison.Ordinal)], "completed");
        yield return Case("no text at all", "text/event-stream", ["data: \u00ff\u00fe\u0000\u0001{\"type\"\n\n", stream], "completed");
        yield return Case("a NUL in the id", "application/json", [AnthropicAnswers.Message(1).Replace("msg_01TEST", "msg_01TEST" + Nul, StringComparison.Ordinal)], "completed");
        yield return Case("counts that are none", "application/json",
            [AnthropicAnswers.Message(1).Replace("\"input_tokens\":1001", "\"input_tokens\":1e308", StringComparison.Ordinal).Replace("\"output_tokens\":311", "\"output_tokens\":-5", StringComparison.Ordinal)], "completed");
        yield return Case("two documents", "application/json", [AnthropicAnswers.Message(1), AnthropicAnswers.Message(2)], "completed");
        yield return Case("nothing", "application/json", [""], "incomplete");

        static TestCaseData Case(string name, string type, string[] pieces, string outcome) => new TestCaseData(type, pieces, outcome).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(Answers)), CancelAfter(120_000)]
    public async Task Answer_is_forwarded_as_it_is_and_the_row_is_right_or_marked(string type, string[] pieces, string outcome, CancellationToken cancellationToken)
    {
        await using var upstream = await KestrelUpstream.StartAsync(
            async context =>
            {
                context.Response.ContentType = type;
                foreach (var piece in pieces)
                {
                    await context.Response.Body.WriteAsync(Encoding.Latin1.GetBytes(piece), context.RequestAborted);
                }
            },
            cancellationToken);
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, upstream.Address, cancellationToken);
        using var client = new HttpClient { BaseAddress = proxy.Address };

        using var response = await client.PostAsync("/v1/messages", new StringContent("{}"), cancellationToken);
        var received = await response.Content.ReadAsByteArrayAsync(cancellationToken);

        Assert.That(received, Has.Length.EqualTo(pieces.Sum(piece => piece.Length)));
        Assert.That(received.AsSpan().SequenceEqual(Encoding.Latin1.GetBytes(string.Concat(pieces))), Is.True);
        await proxy.WaitForStoredAsync(1, cancellationToken);
        var row = _database.Query("SELECT * FROM usage").Single();
        Assert.That(row["outcome"], Is.EqualTo(outcome));
        Assert.That(row["input_tokens"], Is.Null.Or.EqualTo(AnthropicAnswers.InputOf(1)));
        Assert.That(row["output_tokens"], Is.Null.Or.EqualTo(AnthropicAnswers.OutputOf(1)));
        AssertMemory(proxy);
        Assert.That(await proxy.StopAsync(cancellationToken), Is.Zero); // Now all that it says has come.
        Assert.That(proxy.Process.Output, Does.Not.Contain(" ERR "));
    }

    [Test, CancelAfter(120_000)]
    public async Task Decompression_bomb_is_forwarded_and_not_unpacked_for_ever([Values("gzip", "br")] string encoding, CancellationToken cancellationToken)
    {
        var bomb = Bomb(encoding);
        await using var upstream = await KestrelUpstream.StartAsync(
            async context =>
            {
                context.Response.ContentType = "application/json";
                context.Response.Headers.ContentEncoding = encoding;
                await context.Response.Body.WriteAsync(bomb, context.RequestAborted);
            },
            cancellationToken);
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, upstream.Address, cancellationToken);
        using var client = new HttpClient { BaseAddress = proxy.Address };

        var received = await (await client.PostAsync("/v1/messages", new StringContent("{}"), cancellationToken)).Content.ReadAsByteArrayAsync(cancellationToken);

        Assert.That(received.AsSpan().SequenceEqual(bomb), Is.True);
        await proxy.WaitForStoredAsync(1, cancellationToken);
        Assert.That(_database.Scalar<string>("SELECT outcome FROM usage"), Is.EqualTo("incomplete"));
        AssertMemory(proxy);
    }

    [Test, CancelAfter(120_000)]
    public async Task Request_of_any_kind_reaches_the_upstream_as_it_is(
        [Values("not json", "[[[[[[", "{\"model\":\"", "{\"model\":null,\"stream\":7,\"metadata\":[]}", "\u00ff\u0000\u00fe")] string body, CancellationToken cancellationToken)
    {
        byte[]? seen = null;
        await using var upstream = await KestrelUpstream.StartAsync(
            async context =>
            {
                using var copy = new MemoryStream();
                await context.Request.Body.CopyToAsync(copy, context.RequestAborted);
                seen = copy.ToArray();
                await context.WriteMessageAsync(1);
            },
            cancellationToken);
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, upstream.Address, cancellationToken);
        using var client = new HttpClient { BaseAddress = proxy.Address };
        var bytes = Encoding.Latin1.GetBytes(body);

        using var response = await client.PostAsync("/v1/messages", new ByteArrayContent(bytes), cancellationToken);

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(seen, Is.EqualTo(bytes));
        await proxy.WaitForStoredAsync(1, cancellationToken);
        Assert.That(_database.Scalar<string>("SELECT outcome FROM usage"), Is.EqualTo("completed"));
    }

    [TestCase("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{\"id\":\"msg", "incomplete", TestName = "Upstream that promises more than it sends")]
    [TestCase("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n5\r\ndata", "incomplete", TestName = "Upstream that breaks off in a chunk")]
    [TestCase("no HTTP at all\r\n\r\n", "error", TestName = "Upstream that speaks something else")]
    [TestCase("HTTP/1.1 999 What\r\nContent-Length: 0\r\n\r\n", "error", TestName = "Upstream with a status of its own")]
    [CancelAfter(60_000)]
    public async Task Upstream_that_lies(string answer, string outcome, CancellationToken cancellationToken)
    {
        await using var upstream = new RawUpstream(answer);
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, upstream.Address, cancellationToken);

        await SendAsync(proxy, Call, cancellationToken);

        await proxy.WaitForStoredAsync(1, cancellationToken);
        Assert.That(_database.Scalar<string>("SELECT outcome FROM usage"), Is.EqualTo(outcome));
        Assert.That(await proxy.StopAsync(cancellationToken), Is.Zero); // Now all that it says has come.
        Assert.That(proxy.Process.Output, Does.Not.Contain("   at "));
    }

    [Test, CancelAfter(120_000)]
    public async Task Clients_that_send_slowly_too_much_or_nonsense_hold_up_nobody(CancellationToken cancellationToken)
    {
        await using var upstream = await KestrelUpstream.StartAsync(context => context.WriteMessageAsync(1), cancellationToken);
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, upstream.Address, cancellationToken);
        var slow = new List<TcpClient>();
        for (var i = 0; i < 200; i++)
        {
            var client = new TcpClient();
            await client.ConnectAsync(proxy.Address.Host, proxy.Address.Port, cancellationToken);
            await client.GetStream().WriteAsync("POST /v1/messages HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{"u8.ToArray(), cancellationToken);
            slow.Add(client);
        }

        Assert.That(await SendAsync(proxy, "nonsense\r\n\r\n", cancellationToken), Does.StartWith("HTTP/1.1 400"));
        Assert.That(await SendAsync(proxy, $"GET / HTTP/1.1\r\nHost: localhost\r\nX: {new string('x', 2_000_000)}\r\n\r\n", cancellationToken), Does.StartWith("HTTP/1.1 431").Or.Empty);
        Assert.That(await SendAsync(proxy, Call, cancellationToken), Does.StartWith("HTTP/1.1 200"));
        slow.ForEach(client => client.Dispose());

        await proxy.WaitForStoredAsync(1, cancellationToken);
        AssertMemory(proxy);
    }

    /// <returns>Empty when the connection was cut.</returns>
    private static async Task<string> SendAsync(ProxyUnderTest proxy, string request, CancellationToken cancellationToken)
    {
        try
        {
            return await RawClient.SendAsync(proxy.Address, request, cancellationToken);
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static byte[] Bomb(string encoding)
    {
        using var bytes = new MemoryStream();
        using (Stream compressor = encoding == "br" ? new BrotliStream(bytes, CompressionLevel.Fastest) : new GZipStream(bytes, CompressionLevel.Optimal))
        {
            var zeros = new byte[1 << 20];
            zeros.AsSpan().Fill((byte)' ');
            for (var i = 0; i < 1024; i++)
            {
                compressor.Write(zeros);
            }
        }

        return bytes.ToArray();
    }

    private static void AssertMemory(ProxyUnderTest proxy)
    {
        using var process = System.Diagnostics.Process.GetProcessById(proxy.Process.Id);
        Assert.That(process.PeakWorkingSet64, Is.LessThan(MemoryBound));
    }
}
