using System.Net.Sockets;
using System.Text;
using Tracker.Tests.Support;

namespace Tracker.Tests.EndToEnd;

/// <summary>The proxy on a port that systemd has opened: no call fails while it is restarted.</summary>
[Platform("Linux")]
public sealed class SocketActivationTests : IDisposable
{
    private readonly TestDatabase _database = new();

    public void Dispose() => _database.Dispose();

    [Test, CancelAfter(300_000)]
    public async Task Restarts_under_load_fail_no_call_and_every_one_is_a_row(CancellationToken cancellationToken)
    {
        await using var calls = await CountedCalls.StartAsync(cancellationToken);
        await using var proxy = await ActivatedProxy.StartAsync(_database.Folder, calls.Address, cancellationToken, ProxyUnderTest.StoresAllAtStop);
        var rounds = Rounds.Of(few: 4, many: 20);
        var isOver = false;
        var clients = calls.CallUntilAsync(proxy.Address, () => Volatile.Read(ref isOver), cancellationToken);

        for (var round = 1; round <= rounds; round++)
        {
            await proxy.WaitForLinesAsync("listens on", round, cancellationToken);
            var goal = calls.Completed + 200;
            while (calls.Completed < goal)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(10), cancellationToken);
            }

            proxy.Terminate();
        }

        await proxy.WaitForLinesAsync("listens on", rounds + 1, cancellationToken);
        Volatile.Write(ref isOver, true);
        await clients;
        await proxy.StopAsync(cancellationToken);

        Assert.That(calls.Failed, Is.Zero, proxy.Output);
        Assert.That(calls.Completed, Is.AtLeast(rounds * 200));
        Assert.That(proxy.Ends, Has.Exactly(rounds + 1).EqualTo("ended 0"), proxy.Output);
        Assert.That(Directory.GetFiles(Path.Combine(_database.Folder, "journal")), Is.Empty, proxy.Output);
        calls.AssertAllAreRows(_database);
    }

    [Test, CancelAfter(60_000)]
    public async Task Call_on_a_connection_that_was_idle_when_the_proxy_was_told_to_stop_is_answered_and_told_to_be_the_last(CancellationToken cancellationToken)
    {
        await using var upstream = await KestrelUpstream.StartAsync(context => context.WriteMessageAsync(1), cancellationToken);
        await using var proxy = await ActivatedProxy.StartAsync(_database.Folder, upstream.Address, cancellationToken);
        using var connection = new TcpClient();
        await connection.ConnectAsync(proxy.Address.Host, proxy.Address.Port, cancellationToken);
        var stream = connection.GetStream();
        using var reader = new StreamReader(stream, Encoding.Latin1);
        var request = "POST /v1/messages HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}"u8.ToArray();
        await stream.WriteAsync(request, cancellationToken);
        var first = await ReadHeadAsync(reader, cancellationToken);
        await ReadChunksAsync(reader, cancellationToken);

        proxy.Terminate();
        await proxy.WaitForLinesAsync("Tracker stops", 1, cancellationToken);
        await stream.WriteAsync(request, cancellationToken);
        var second = await ReadHeadAsync(reader, cancellationToken);
        var rest = await reader.ReadToEndAsync(cancellationToken);

        Assert.That(first, Does.StartWith("HTTP/1.1 200").And.Contain("chunked").And.Not.Contain("Connection: close"));
        Assert.That(second, Does.StartWith("HTTP/1.1 200").And.Contain("Connection: close"));
        Assert.That(rest, Does.Contain(AnthropicAnswers.IdOf(1)));
    }

    [Test, CancelAfter(60_000)]
    public async Task It_listens_where_the_service_manager_says_and_tells_that_Urls_has_no_effect(CancellationToken cancellationToken)
    {
        await using var proxy = await ActivatedProxy.StartAsync(_database.Folder, new Uri("http://127.0.0.1:9"), cancellationToken, "Urls=http://127.0.0.1:1");
        using var client = new HttpClient { BaseAddress = proxy.Address };

        Assert.That(await client.GetStringAsync("/healthz", cancellationToken), Is.EqualTo("ok\n"));

        await proxy.WaitForLinesAsync("ListenStream=", 1, cancellationToken);
        Assert.That(proxy.Output, Does.Contain($"listens on {proxy.Address.GetLeftPart(UriPartial.Authority)};").And.Not.Contain("Overriding address"));
    }

    private static async Task<string> ReadHeadAsync(StreamReader reader, CancellationToken cancellationToken)
    {
        var head = new StringBuilder();
        while (await reader.ReadLineAsync(cancellationToken) is { Length: > 0 } line)
        {
            head.AppendLine(line);
        }

        return head.ToString();
    }

    private static async Task ReadChunksAsync(StreamReader reader, CancellationToken cancellationToken)
    {
        while (await reader.ReadLineAsync(cancellationToken) is not ("0" or null))
        {
        }

        await reader.ReadLineAsync(cancellationToken); // The empty line at the end.
    }
}
