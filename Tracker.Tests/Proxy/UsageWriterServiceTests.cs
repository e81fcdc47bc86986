using Dapper;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Tracker.Proxy;
using Tracker.Proxy.Recording;
using Tracker.Storage.Connections;
using Tracker.Tests.Support;

namespace Tracker.Tests.Proxy;

public sealed class UsageWriterServiceTests
{
    private readonly TestDatabase _database = new(busyTimeout: TimeSpan.FromSeconds(1));
    private readonly RecordingOptions _options = new() { DrainTimeout = TimeSpan.FromSeconds(20), JournalBytes = 0 };
    private RecordingUnderTest _recording = null!;

    private CollectingLogger Log => _recording.Log;

    private WriterStatus Status => _recording.Status;

    private UsageQueue Queue => _recording.Queue;

    [SetUp]
    public void SetUp() => _recording = new RecordingUnderTest(_database, _options);

    [TearDown]
    public void TearDown()
    {
        _recording.Dispose();
        _database.Dispose();
    }

    [Test, CancelAfter(60_000)]
    public async Task What_was_enqueued_is_stored_at_the_time_of_its_request(CancellationToken cancellationToken)
    {
        var times = Enumerable.Range(0, 3).Select(day => Some.Time.AddDays(-day).AddMilliseconds(day)).ToList();
        using var service = await _recording.StartAsync(cancellationToken);

        foreach (var time in times)
        {
            Queue.TryEnqueue(Some.Usage() with { OccurredAt = time });
        }

        await _recording.StoredAsync(3, cancellationToken);
        await service.StopAsync(cancellationToken);

        Assert.That(_database.Query("SELECT occurred_at_ms AS at FROM usage").Select(row => row["at"]), Is.EquivalentTo(times.Select(time => time.ToUnixTimeMilliseconds())));
        Assert.That((Status.Stored, Status.SetAside, Status.Lost, Status.State), Is.EqualTo((3, 0, 0, WriterState.Stopped)));
        Assert.That(Status.LastStore, Is.Not.Null);
    }

    [Test, CancelAfter(60_000)]
    public async Task Two_records_of_one_call_become_one_row(CancellationToken cancellationToken)
    {
        var record = Some.Usage();
        using var service = await _recording.StartAsync(cancellationToken);

        Queue.TryEnqueue(record);
        Queue.TryEnqueue(record);
        await _recording.StoredAsync(2, cancellationToken);
        await service.StopAsync(cancellationToken);

        Assert.That(_database.Rows(), Has.Count.EqualTo(1));
    }

    [Test, CancelAfter(60_000)]
    public async Task Record_that_the_database_refuses_is_set_aside_and_the_rest_stored(CancellationToken cancellationToken)
    {
        Refuse("new.input_tokens = 2");
        foreach (var number in Enumerable.Range(1, 5))
        {
            Queue.TryEnqueue(Some.Usage() with { InputTokens = number });
        }

        using var service = await _recording.StartAsync(cancellationToken);
        await _recording.StoredAsync(4, cancellationToken);
        Queue.TryEnqueue(Some.Usage() with { InputTokens = 6 });
        await _recording.StoredAsync(5, cancellationToken);
        await service.StopAsync(cancellationToken);

        Assert.That(_database.Query("SELECT input_tokens AS input FROM usage").Select(row => row["input"]), Is.EquivalentTo([1L, 3L, 4L, 5L, 6L]));
        Assert.That((Status.Stored, Status.SetAside, Status.Lost), Is.EqualTo((5, 1, 0)));
        Assert.That(Log.Entries.Single(entry => entry.Id == EventIds.RecordSetAside).Message, Does.Contain("not this one").And.Contain("anthropic:msg_"));
    }

    [Test, CancelAfter(60_000)]
    public async Task Locked_database_delays_and_then_everything_is_stored(CancellationToken cancellationToken)
    {
        using var service = await _recording.StartAsync(cancellationToken);
        using (Lock())
        {
            _recording.Enqueue(1200);
            await Log.UntilAsync(() => Log.Count(EventIds.StoringDelayed) > 0, cancellationToken);

            Assert.That((Status.Stored, Status.Lost), Is.EqualTo((0, 0)));
        }

        await _recording.StoredAsync(1200, cancellationToken);
        await service.StopAsync(cancellationToken);

        Assert.That(_database.Scalar<long>("SELECT count(*) FROM usage"), Is.EqualTo(1200));
        Assert.That((Log.Count(EventIds.StoringDelayed), Log.Count(EventIds.StoringResumed)), Is.EqualTo((1, 1)));
    }

    [Test, CancelAfter(60_000)]
    public async Task Database_that_cannot_be_opened_is_reported_once_however_often_it_is_tried(CancellationToken cancellationToken)
    {
        var aFile = Path.Combine(_database.Folder, "file");
        File.WriteAllText(aFile, "no folder");
        var settings = new CountingOptions { CurrentPath = Path.Combine(aFile, "tracker.db") };
        var time = new FakeTimeProvider();
        using var recording = new RecordingUnderTest(_database, _options, time, new TrackerConnectionFactory(settings));
        var (status, log) = (recording.Status, recording.Log);
        recording.Enqueue(3);

        using var service = recording.CreateService();
        await service.StartAsync(cancellationToken);
        await PassTimeUntilAsync(() => settings.Reads >= 20);
        var (delayed, reason) = (log.Count(EventIds.StoringDelayed), status.Reason);
        settings.CurrentPath = _database.Path;
        await PassTimeUntilAsync(() => status.Stored == 3);
        await service.StopAsync(cancellationToken);

        Assert.That(delayed, Is.EqualTo(1));
        Assert.That(reason, Does.Contain(aFile));
        Assert.That(log.Ids, Is.EqualTo(new[] { EventIds.StoringDelayed, EventIds.StoringResumed, EventIds.BatchStored }));
        Assert.That(status.Reason, Is.Null);
        Assert.That(_database.Rows(), Has.Count.EqualTo(3));

        async Task PassTimeUntilAsync(Func<bool> condition)
        {
            while (!condition())
            {
                cancellationToken.ThrowIfCancellationRequested();
                time.Advance(TimeSpan.FromMilliseconds(100));
                await Task.Yield();
            }
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task Repair_in_the_very_moment_of_the_fault_is_noticed(CancellationToken cancellationToken)
    {
        using var service = await _recording.StartAsync(cancellationToken);
        using var connection = _database.Connections.Open();
        var version = connection.ExecuteScalar<long>("PRAGMA user_version");
        connection.Execute("PRAGMA user_version = 9999");
        Log.OnEntry = id =>
        {
            if (id == EventIds.DatabaseUnusable)
            {
                connection.Execute($"PRAGMA user_version = {version}");
            }
        };

        _recording.Enqueue(3);
        await _recording.StoredAsync(3, cancellationToken);
        await service.StopAsync(cancellationToken);

        Assert.That((Log.Count(EventIds.DatabaseUnusable), _database.Rows().Count), Is.EqualTo((1, 3)));
    }

    [Test, CancelAfter(60_000), Platform(Exclude = "Win")] // Which replaces no open file.
    public async Task Copy_put_in_the_place_of_a_database_that_cannot_be_used_gets_all_records_and_is_what_is_read([Values] bool wasOpened, CancellationToken cancellationToken)
    {
        using var service = await _recording.StartAsync(cancellationToken);
        _recording.Enqueue(2);
        await _recording.StoredAsync(2, cancellationToken);
        using var copy = new TempDirectory();
        _database.Execute($"VACUUM INTO '{copy.File("tracker.db")}'");
        if (wasOpened)
        {
            new TestDatabase(copy.Path).Execute("PRAGMA wal_checkpoint"); // It is in WAL mode from then on.
        }

        Assert.That(_database.Rows(), Has.Count.EqualTo(2), "by a connection that stays in the pool");
        _database.Execute("PRAGMA user_version = 9999");
        _recording.Enqueue(3);
        await Log.UntilAsync(() => Status.State == WriterState.Blocked || Log.Count(EventIds.DatabaseUnusable) > 0, cancellationToken);

        File.Move(copy.File("tracker.db"), _database.Path, overwrite: true);
        File.Delete(_database.Path + "-wal");
        File.Delete(_database.Path + "-shm");
        await _recording.StoredAsync(5, cancellationToken);

        Assert.That(_database.Rows(), Has.Count.EqualTo(5));
        await service.StopAsync(cancellationToken);
    }

    [Test, CancelAfter(60_000)]
    public async Task Stop_stores_what_is_left(CancellationToken cancellationToken)
    {
        using var service = await _recording.StartAsync(cancellationToken);
        _recording.Enqueue(5000);

        await service.StopAsync(cancellationToken);

        Assert.That((Status.Stored, Status.Lost, Status.State), Is.EqualTo((5000, 0, WriterState.Stopped)));
        Assert.That(_database.Scalar<long>("SELECT count(*) FROM usage"), Is.EqualTo(5000));
        Assert.That(Queue.TryEnqueue(Some.Usage()), Is.False, "nothing comes after the end");
    }

    [Test, CancelAfter(60_000)]
    public async Task Stop_waits_for_a_lock_that_ends_within_the_drain_time(CancellationToken cancellationToken)
    {
        using var service = await _recording.StartAsync(cancellationToken);
        Task stopping;
        using (Lock())
        {
            _recording.Enqueue(700);
            await Log.UntilAsync(() => Log.Count(EventIds.StoringDelayed) > 0, cancellationToken);
            stopping = service.StopAsync(cancellationToken);
        }

        await stopping;

        Assert.That((Status.Stored, Status.Lost), Is.EqualTo((700, 0)));
    }

    [Test, CancelAfter(60_000)]
    public async Task Stop_with_a_database_that_stays_locked_counts_what_is_lost(CancellationToken cancellationToken)
    {
        _options.DrainTimeout = TimeSpan.FromMilliseconds(100);
        using var service = await _recording.StartAsync(cancellationToken);
        using var locked = Lock();
        _recording.Enqueue(700);
        await Log.UntilAsync(() => Log.Count(EventIds.StoringDelayed) > 0, cancellationToken);

        await service.StopAsync(cancellationToken);

        Assert.That((Status.Stored, Status.Lost, Status.State), Is.EqualTo((0, 700, WriterState.Stopped)));
        Assert.That(Log.Entries.Single(entry => entry.Id == EventIds.RecordsLostAtShutdown).Message, Does.StartWith("700 records"));
    }

    private void Refuse(string condition)
    {
        using var connection = _database.Connections.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"CREATE TRIGGER refuse BEFORE INSERT ON usage WHEN {condition} BEGIN SELECT raise(ABORT, 'not this one'); END";
        command.ExecuteNonQuery();
    }

    /// <summary>Holds the lock of a writer until it is disposed.</summary>
    private Locked Lock() => new(_database.Connections);

    private sealed class Locked : IDisposable
    {
        private readonly SqliteConnection _connection;
        private readonly SqliteTransaction _transaction;

        public Locked(TrackerConnectionFactory connections)
        {
            _connection = connections.Open();
            _transaction = _connection.BeginTransaction();
        }

        public void Dispose()
        {
            _transaction.Dispose();
            _connection.Dispose();
        }
    }

    /// <summary>Settings that tell how often they were looked at, which every try to open does.</summary>
    private sealed class CountingOptions : IOptionsMonitor<StorageOptions>
    {
        private int _reads;
        private volatile string _path = "";

        public string CurrentPath { set => _path = value; }

        public int Reads => Volatile.Read(ref _reads);

        public StorageOptions CurrentValue
        {
            get
            {
                Interlocked.Increment(ref _reads);
                return new StorageOptions { DatabasePath = _path, BusyTimeout = TimeSpan.FromSeconds(1) };
            }
        }

        public StorageOptions Get(string? name) => CurrentValue;

        public IDisposable? OnChange(Action<StorageOptions, string?> listener) => null;
    }
}
