using Tracker.Tests.Support;

namespace Tracker.Tests.EndToEnd.Faults;

/// <summary>SIGKILL: whatever call a client saw end is a row afterwards.</summary>
public sealed class KillTests : IDisposable
{
    private readonly TestDatabase _database = new();

    public void Dispose() => _database.Dispose();

    [Test, CancelAfter(600_000)]
    public async Task Proxy_killed_at_random_moments_under_load_loses_no_completed_call(CancellationToken cancellationToken)
    {
        await using var calls = await CountedCalls.StartAsync(cancellationToken);
        var random = new Random(7);
        var rounds = Rounds.Of(few: 5, many: 60);
        for (var round = 0; round < rounds; round++)
        {
            await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, calls.Address, cancellationToken);
            var goal = calls.Completed + random.Next(1, 400);
            // The client that sees the last call end kills the proxy at that very moment.
            await calls.CallUntilAsync(proxy.Address, () => KillAt(proxy, calls, goal), cancellationToken);
        }

        await RecoverAsync(calls, cancellationToken);
        TestContext.Out.WriteLine($"{rounds} kills, {calls.Completed} completed calls, {calls.Failed} broken ones");
        calls.AssertAllAreRows(_database);
    }

    [Test, CancelAfter(300_000)]
    public async Task Proxy_killed_while_the_database_is_locked_loses_no_completed_call(CancellationToken cancellationToken)
    {
        await using var calls = await CountedCalls.StartAsync(cancellationToken);
        var rounds = Rounds.Of(few: 2, many: 20);
        for (var round = 0; round < rounds; round++)
        {
            await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, calls.Address, cancellationToken);
            await calls.CallTimesAsync(proxy.Address, 20, cancellationToken);
            using var connection = _database.Connections.Open();
            using var transaction = connection.BeginTransaction();
            var goal = calls.Completed + 300;
            await calls.CallUntilAsync(proxy.Address, () => KillAt(proxy, calls, goal), cancellationToken);
        }

        await RecoverAsync(calls, cancellationToken);
        calls.AssertAllAreRows(_database);
    }

    [Test, CancelAfter(300_000)]
    public async Task Proxy_killed_with_records_that_only_the_journal_has_loses_no_completed_call(CancellationToken cancellationToken)
    {
        await using var calls = await CountedCalls.StartAsync(cancellationToken);
        await using (var proxy = await ProxyUnderTest.StartAsync(_database.Folder, calls.Address, cancellationToken, "Recording:QueueCapacity=10"))
        {
            using var connection = _database.Connections.Open();
            using var transaction = connection.BeginTransaction();
            await calls.CallTimesAsync(proxy.Address, 500, cancellationToken);
            var status = await proxy.GetStatusAsync(cancellationToken);
            Assert.That(status.GetProperty("spilled").GetInt64(), Is.GreaterThan(400));
            proxy.Process.Kill();
        }

        await RecoverAsync(calls, cancellationToken);
        calls.AssertAllAreRows(_database);
    }

    private static bool KillAt(ProxyUnderTest proxy, CountedCalls calls, int goal)
    {
        if (calls.Completed < goal)
        {
            return false;
        }

        proxy.Process.Kill();
        return true;
    }

    /// <summary>The next start stores what was left, and a clean stop leaves nothing behind.</summary>
    private async Task RecoverAsync(CountedCalls calls, CancellationToken cancellationToken)
    {
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, calls.Address, cancellationToken);
        await proxy.WaitForStatusAsync(status => status.GetProperty("writer_state").GetString() == "idle", cancellationToken);
        Assert.That(await proxy.StopAsync(cancellationToken), Is.Zero);
        Assert.That(Directory.GetFiles(Path.Combine(_database.Folder, "journal")), Is.Empty);
    }
}
