using Tracker.Tests.Support;

namespace Tracker.Tests.EndToEnd.Faults;

/// <summary>SIGTERM, once and twice, and restarts under load.</summary>
public sealed class StopTests : IDisposable
{
    private readonly TestDatabase _database = new();

    public void Dispose() => _database.Dispose();

    [Test, CancelAfter(300_000)]
    public async Task Restarts_under_load_lose_no_completed_call(CancellationToken cancellationToken)
    {
        await using var calls = await CountedCalls.StartAsync(cancellationToken);
        for (var round = 0; round < Rounds.Of(few: 4, many: 30); round++)
        {
            await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, calls.Address, cancellationToken, ProxyUnderTest.StoresAllAtStop);
            var goal = calls.Completed + 150;
            var terminated = 0;
            // Clients go on for a while after the signal, into the closing port.
            await calls.CallUntilAsync(proxy.Address, () => calls.Completed >= goal && TerminateOnce(proxy, ref terminated), cancellationToken);
            Assert.That(await proxy.Process.WaitForExitAsync(cancellationToken), Is.Zero, proxy.Process.Output);
            Assert.That(Directory.GetFiles(Path.Combine(_database.Folder, "journal")), Is.Empty);
        }

        calls.AssertAllAreRows(_database);
    }

    [Test, CancelAfter(120_000)]
    public async Task Second_signal_ends_it_at_once_and_the_next_start_stores_what_was_accepted(CancellationToken cancellationToken)
    {
        var hanging = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var calls = await CountedCalls.StartAsync(cancellationToken);
        await using var stream = await KestrelUpstream.StartAsync(
            async context =>
            {
                await context.WriteEventsAsync(AnthropicAnswers.Start(1));
                hanging.TrySetResult();
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
            },
            cancellationToken);
        await using (var proxy = await ProxyUnderTest.StartAsync(
            _database.Folder, calls.Address, cancellationToken, $"Proxy:Providers:slow:BaseAddress={stream.Address}", "Proxy:ShutdownGrace=00:30:00"))
        {
            using var connection = _database.Connections.Open();
            using var transaction = connection.BeginTransaction();
            await calls.CallTimesAsync(proxy.Address, 50, cancellationToken);
            using var client = new HttpClient();
            var open = client.GetAsync(new Uri(proxy.Address, "/slow/v1/messages"), cancellationToken);
            await hanging.Task.WaitAsync(cancellationToken);

            var ended = proxy.Process.WaitForExitAsync(cancellationToken);
            while (!ended.IsCompleted)
            {
                proxy.Process.Terminate();
                await Task.WhenAny(ended, Task.Delay(200, cancellationToken));
            }

            Assert.That(await ended, Is.EqualTo(143));
            Assert.That(async () => await open, Throws.InstanceOf<HttpRequestException>());
        }

        await using (var next = await ProxyUnderTest.StartAsync(_database.Folder, calls.Address, cancellationToken))
        {
            await next.WaitForStatusAsync(status => status.GetProperty("recovered").GetInt64() >= 50, cancellationToken);
            Assert.That(await next.StopAsync(cancellationToken), Is.Zero);
        }

        calls.AssertAllAreRows(_database);
    }

    [Test, CancelAfter(120_000)]
    public async Task One_stop_that_comes_as_two_signals_lets_answers_end(CancellationToken cancellationToken)
    {
        var mayEnd = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var upstream = await KestrelUpstream.StartAsync(
            async context =>
            {
                await context.WriteEventsAsync("event: ping\ndata: {}\n\n");
                await mayEnd.Task.WaitAsync(context.RequestAborted);
                await context.WriteEventsAsync("event: ping\ndata: {}\n\n");
            },
            cancellationToken);
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, upstream.Address, cancellationToken, "Proxy:ShutdownGrace=00:01:00");
        using var client = new HttpClient();
        using var answer = await client.GetAsync(new Uri(proxy.Address, "/v1/messages"), HttpCompletionOption.ResponseHeadersRead, cancellationToken);

        proxy.Process.Terminate();
        await Task.Delay(50, cancellationToken); // Two at once may be one to the system.
        proxy.Process.Terminate();
        await proxy.Process.WaitForLineAsync(line => line.Contains("Tracker stops", StringComparison.Ordinal), cancellationToken);
        mayEnd.SetResult();

        Assert.That((await answer.Content.ReadAsStringAsync(cancellationToken)).Split("ping"), Has.Length.EqualTo(3));
        Assert.That(await proxy.Process.WaitForExitAsync(cancellationToken), Is.Zero);
    }

    private static bool TerminateOnce(ProxyUnderTest proxy, ref int terminated)
    {
        if (Interlocked.Exchange(ref terminated, 1) == 0)
        {
            proxy.Process.Terminate();
        }

        return true;
    }
}
