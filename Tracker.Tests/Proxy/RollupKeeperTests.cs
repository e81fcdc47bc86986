using Dapper;
using Microsoft.Data.Sqlite;
using Tracker.Proxy.Recording;
using Tracker.Storage.Statistics;
using Tracker.Storage.Usage;
using Tracker.Tests.Support;

namespace Tracker.Tests.Proxy;

public sealed class RollupKeeperTests
{
    private const int Quarters = 3000;

    private readonly TestDatabase _database = new();

    [TearDown]
    public void TearDown() => _database.Dispose();

    [Test, CancelAfter(120_000)]
    public void Log_stays_small_while_all_sums_are_made_again(CancellationToken cancellationToken)
    {
        using var recording = new RecordingUnderTest(_database, new RecordingOptions());
        var keeper = BeginWithStaleQuarters(recording, cancellationToken);

        Finish(keeper, cancellationToken);

        // What it was at its largest: it is emptied only when it has grown past 24 MB, and in this case only by the keeper.
        Assert.That(_database.Connections.WalBytes, Is.LessThan(32_000_000));
        Assert.That(new UsageStatistics(_database.Connections, TimeProvider.System).GetTotal(new UsageFilter()).Calls, Is.EqualTo(Quarters));
    }

    [Test, CancelAfter(120_000)]
    public void Sums_are_made_again_while_somebody_reads(CancellationToken cancellationToken)
    {
        using var recording = new RecordingUnderTest(_database, new RecordingOptions());
        var keeper = BeginWithStaleQuarters(recording, cancellationToken);

        using (new Reader(_database))
        {
            FillLog(30_000_000, cancellationToken);
            keeper.LookAfter(isIdle: true, cancellationToken);

            Assert.That((Stale, keeper.IsBehind), Is.EqualTo((0L, false)));
        }
    }

    [Test, CancelAfter(120_000)]
    public void Reader_that_stays_stops_the_work_before_the_log_is_too_large_and_it_goes_on_when_he_has_gone(CancellationToken cancellationToken)
    {
        using var recording = new RecordingUnderTest(_database, new RecordingOptions());
        var keeper = BeginWithStaleQuarters(recording, cancellationToken);

        using (new Reader(_database))
        {
            FillLog(55_000_000, cancellationToken);
            keeper.LookAfter(isIdle: true, cancellationToken);
            Assert.That((Stale, keeper.IsBehind), Is.EqualTo(((long)Quarters, true)));
        }

        keeper.LookAfter(isIdle: true, cancellationToken);

        Assert.That((Stale, keeper.IsBehind), Is.EqualTo((0L, false)));
        Assert.That(_database.Connections.WalBytes, Is.LessThan(32_000_000));
    }

    [Test, CancelAfter(120_000)]
    public void Large_backlog_is_worked_off_between_two_calls(CancellationToken cancellationToken)
    {
        using var recording = new RecordingUnderTest(_database, new RecordingOptions());
        var keeper = BeginWithStaleQuarters(recording, cancellationToken);
        _database.Execute("INSERT INTO usage (id, usage_key, occurred_at_ms, quality, evidence, outcome) VALUES (100000, 'last', 0, 3, 1, 'completed')"); // As if there were so many that are not summed.

        keeper.LookAfter(isIdle: false, cancellationToken);

        Assert.That((Stale, Pending, keeper.IsBehind), Is.EqualTo((0L, 0L, false)));
    }

    [Test, CancelAfter(120_000)]
    public void Record_that_comes_ends_the_work_and_a_busy_proxy_gets_on_a_little_each_second(CancellationToken cancellationToken)
    {
        using var recording = new RecordingUnderTest(_database, new RecordingOptions());
        var keeper = BeginWithStaleQuarters(recording, cancellationToken);
        recording.Enqueue(1);

        keeper.LookAfter(isIdle: false, cancellationToken);
        var first = Quarters - Stale;
        keeper.LookAfter(isIdle: false, cancellationToken);
        var second = Quarters - first - Stale;

        Assert.That(second, Is.Positive.And.LessThan(first).And.LessThan(Quarters / 2));
        Assert.That(keeper.IsBehind);
    }

    [Test, CancelAfter(120_000)]
    public void End_of_the_proxy_does_not_wait_for_the_sums(CancellationToken cancellationToken)
    {
        using var recording = new RecordingUnderTest(_database, new RecordingOptions());
        var keeper = BeginWithStaleQuarters(recording, cancellationToken);
        recording.Queue.Complete();

        keeper.LookAfter(isIdle: true, cancellationToken);

        Assert.That(Stale, Is.Positive);
    }

    private long Stale => _database.Scalar<long>("SELECT count(*) FROM rollup_stale");

    private long Pending => _database.Scalar<long>("SELECT max(id) - (SELECT last_id FROM rollup_state) FROM usage");

    /// <summary>All is summed, and then a new price list comes.</summary>
    private RollupKeeper BeginWithStaleQuarters(RecordingUnderTest recording, CancellationToken cancellationToken)
    {
        _database.Write([.. Enumerable.Range(0, Quarters).Select(number => Some.Usage() with { OccurredAt = Some.Time.AddMinutes(-15 * number), SessionId = $"{number:x32}", ToolCalls = [new ToolCall("tool-1", "Bash")] })]);
        var keeper = recording.CreateRollupKeeper();
        Finish(keeper, cancellationToken);
        _database.Execute("UPDATE usage SET cost_nano_usd = cost_nano_usd + 1");
        Assert.That(Stale, Is.EqualTo(Quarters));
        return keeper;
    }

    private void FillLog(long to, CancellationToken cancellationToken)
    {
        while (_database.Connections.WalBytes < to)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _database.Execute("INSERT OR REPLACE INTO setting VALUES ('filler', hex(zeroblob(500000)))");
        }
    }

    private void Finish(RollupKeeper keeper, CancellationToken cancellationToken)
    {
        do
        {
            keeper.LookAfter(isIdle: true, cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
        }
        while (Stale + Pending > 0);
    }

    /// <summary>Reads the database as it is at this moment for as long as it lives, as a report over millions of calls does for seconds.</summary>
    private sealed class Reader : IDisposable
    {
        private readonly SqliteConnection _connection;
        private readonly SqliteTransaction _transaction;

        public Reader(TestDatabase database)
        {
            _connection = database.Connections.OpenReadOnly();
            _transaction = _connection.BeginTransaction(deferred: true);
            _connection.ExecuteScalar<long>("SELECT count(*) FROM usage", transaction: _transaction);
        }

        public void Dispose()
        {
            _transaction.Dispose();
            _connection.Dispose();
        }
    }
}
