using Microsoft.Data.Sqlite;
using Tracker.Tests.Support;

namespace Tracker.Tests.EndToEnd.Faults;

/// <summary>Another process holds the write lock: for a minute, frozen, killed; or reads without end.</summary>
public sealed class LockTests : IDisposable
{
    private readonly TestDatabase _database = new();

    public void Dispose() => _database.Dispose();

    [Test, CancelAfter(240_000)]
    public async Task Lock_of_a_minute_costs_no_call_and_no_record_and_no_growing_memory(CancellationToken cancellationToken)
    {
        await using var calls = await CountedCalls.StartAsync(cancellationToken);
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, calls.Address, cancellationToken, "Recording:QueueCapacity=1000");
        await using (await LockHolder.StartAsync(_database.Path, cancellationToken))
        {
            var seconds = Rounds.Of(few: 8, many: 60);
            using var time = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
            await calls.CallUntilAsync(proxy.Address, () => time.IsCancellationRequested || calls.Completed >= 30_000, cancellationToken);
            Assert.That(calls.Completed, Is.GreaterThan(seconds * 4 / 3 * 10), "ten times as many as four clients make that wait for the busy timeout of 3 s");
            var status = await proxy.GetStatusAsync(cancellationToken);
            Assert.That(status.GetProperty("queue_depth").GetInt64(), Is.LessThanOrEqualTo(1500), "the queue and a batch");
            Assert.That(status.GetProperty("dropped").GetInt64(), Is.Zero);
        }

        await proxy.WaitForAllStoredAsync(cancellationToken);
        Assert.That(await proxy.StopAsync(cancellationToken), Is.Zero);
        TestContext.Out.WriteLine($"{calls.Completed} calls during the lock");
        Assert.That(calls.Failed, Is.Zero);
        calls.AssertAllAreRows(_database);
    }

    [Test, CancelAfter(120_000)]
    public async Task Frozen_or_killed_holder_of_the_lock_delays_records_and_loses_none([Values("CONT", "KILL")] string end, CancellationToken cancellationToken)
    {
        await using var calls = await CountedCalls.StartAsync(cancellationToken);
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, calls.Address, cancellationToken, "Storage:BusyTimeout=00:00:01");
        await using (var holder = await LockHolder.StartAsync(_database.Path, cancellationToken))
        {
            await holder.SignalAsync("STOP");
            await calls.CallUntilAsync(proxy.Address, () => proxy.Process.Output.Contains("cannot be written (", StringComparison.Ordinal), cancellationToken);
            await holder.SignalAsync(end); // The one that runs again is killed with its transaction open.
        }

        await proxy.WaitForAllStoredAsync(cancellationToken);

        Assert.That(await proxy.StopAsync(cancellationToken), Is.Zero);
        Assert.That(calls.Failed, Is.Zero);
        calls.AssertAllAreRows(_database);
    }

    [Test, CancelAfter(120_000)]
    public async Task Log_stays_small_while_somebody_reads_at_every_moment(CancellationToken cancellationToken)
    {
        await using var calls = await CountedCalls.StartAsync(cancellationToken);
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, calls.Address, cancellationToken);
        await calls.CallTimesAsync(proxy.Address, 10, cancellationToken);
        var largest = 0L;
        using var enough = new CancellationTokenSource();

        // Two readers, of whom one is always within a transaction, as a dashboard in two windows would have it.
        var reading = Task.WhenAll(ReadAsync(TimeSpan.FromMilliseconds(70)), ReadAsync(TimeSpan.FromMilliseconds(110)));
        await calls.CallTimesAsync(proxy.Address, Rounds.Of(few: 3000, many: 30_000), cancellationToken);
        await enough.CancelAsync();
        await reading;

        TestContext.Out.WriteLine($"the log was at most {largest / 1e6:0.0} MB while {calls.Completed} calls were stored");
        Assert.That(largest, Is.InRange(1, 64 * 1024 * 1024));
        await proxy.WaitForAllStoredAsync(cancellationToken);
        await proxy.WaitForStatusAsync(status => status.GetProperty("wal_bytes").GetInt64() == 0, cancellationToken); // idle
        calls.AssertAllAreRows(_database);

        async Task ReadAsync(TimeSpan time)
        {
            while (!enough.IsCancellationRequested)
            {
                await using var connection = _database.Connections.OpenReadOnly();
                await using var transaction = connection.BeginTransaction(System.Data.IsolationLevel.ReadUncommitted); // deferred: it only reads
                using var command = connection.CreateCommand();
                command.CommandText = "SELECT count(*) FROM usage";
                command.ExecuteScalar();
                await Task.Delay(time, cancellationToken);
                largest = Math.Max(largest, _database.Connections.WalBytes);
            }
        }
    }

    [Test, CancelAfter(120_000)]
    public async Task Reader_that_stays_lets_the_log_grow_until_it_goes_and_then_it_is_emptied(CancellationToken cancellationToken)
    {
        await using var calls = await CountedCalls.StartAsync(cancellationToken);
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, calls.Address, cancellationToken);
        await calls.CallTimesAsync(proxy.Address, 10, cancellationToken);
        await proxy.WaitForAllStoredAsync(cancellationToken);
        await using (var connection = _database.Connections.OpenReadOnly())
        await using (connection.BeginTransaction(System.Data.IsolationLevel.ReadUncommitted))
        {
            using var command = connection.CreateCommand();
            command.CommandText = "SELECT count(*) FROM usage";
            command.ExecuteScalar();
            await calls.CallUntilAsync(proxy.Address, () => _database.Connections.WalBytes > 17_000_000, cancellationToken); // past SQLite's own checkpoint
        }

        await proxy.WaitForAllStoredAsync(cancellationToken);
        await proxy.WaitForStatusAsync(status => status.GetProperty("wal_bytes").GetInt64() == 0, cancellationToken);
        SqliteConnection.ClearAllPools();
        Assert.That(await proxy.StopAsync(cancellationToken), Is.Zero);
        Assert.That(File.Exists(_database.Path + "-wal"), Is.False, "a clean stop leaves one file");
        calls.AssertAllAreRows(_database);
    }
}
