using System.Runtime.ExceptionServices;
using Polly;
using Polly.Retry;
using Tracker.Storage.Connections;
using Tracker.Storage.Hosting;
using Tracker.Storage.Pricing;
using Tracker.Storage.Usage;

namespace Tracker.Proxy.Recording;

/// <summary>
/// Stores records over the writer's connection, and keeps trying while the database cannot be written: soon when it is locked, less and less often
/// when the disk is at fault, and only after the file has changed when it is damaged. A record that the database refuses is set aside. For the writer's thread.
/// </summary>
internal sealed partial class RecordStore(TrackerConnectionFactory connections, PriceBooks prices, Journal journal, DiskReserve reserve, WriterStatus status, TimeProvider time, ILogger<RecordStore> logger) : IDisposable
{
    /// <summary>Keeps a transaction at a few milliseconds, so that the importer gets its turn.</summary>
    public const int LargestBatch = 500;

    // SQLite has waited for Storage:BusyTimeout already, and looks at the lock every 100 ms meanwhile.
    private static readonly TimeSpan PauseWhenLocked = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan WaitWhenFull = TimeSpan.FromMilliseconds(100);

    private UsageWriter? _writer;
    private DamagedFile? _damaged;
    private DamagedFile _beforeTry = DamagedFile.ToBeChecked;
    private bool _hasMoved;
    private bool _hasFilledDisk;
    private ulong? _file;

    /// <summary>Whether the file that the last records went to is no longer there.</summary>
    public bool HasMoved => _hasMoved || _writer is { HasMoved: true };

    /// <summary>Stores the records, which leave the list as they are stored or set aside. An empty list only makes the database ready.</summary>
    /// <returns><see langword="false"/> when <paramref name="cancellationToken"/> came first; the list holds what is left.</returns>
    public bool Store(List<UsageRecord> records, CancellationToken cancellationToken)
    {
        try
        {
            UntilWritten().Execute(token => StoreOnce(records, token), cancellationToken);
            return true;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return false;
        }
        catch (Exception exception) when (StorageFaults.IsOfDatabase(exception))
        {
            return false; // The last try at the end.
        }
    }

    /// <summary>Empties the log, if others let it within <paramref name="wait"/>.</summary>
    public void Checkpoint(TimeSpan wait)
    {
        try
        {
            _writer?.Checkpoint(wait);
        }
        catch (Exception exception) when (StorageFaults.IsOfDatabase(exception))
        {
            // The log stays as it is, and the next write says what is wrong.
        }
    }

    /// <summary>The files were replaced: goes on with the ones that are there now.</summary>
    public void Reopen()
    {
        LogReplaced(connections.DatabasePath);
        _hasMoved = false;
        _file = null;
        LeaveOldFiles();
        Dispose();
        connections.Forget();
        // A log that belonged to another file would show as damage.
        _damaged = DamagedFile.ToBeChecked;
    }

    public void Dispose()
    {
        try
        {
            _writer?.Dispose();
        }
        catch (Exception exception) when (StorageFaults.IsOfDatabase(exception))
        {
            // It could not be rolled back or closed in good order, and is given up.
        }

        _writer = null;
    }

    private void LeaveOldFiles()
    {
        try
        {
            _writer?.LeaveOldFiles();
        }
        catch (Exception exception) when (StorageFaults.IsOfDatabase(exception))
        {
            // Nobody can read them any more.
        }
    }

    private ResiliencePipeline UntilWritten() => _untilWritten ??= new ResiliencePipelineBuilder { TimeProvider = time }
        .AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = new PredicateBuilder().Handle<Exception>(StorageFaults.IsOfDatabase),
            MaxRetryAttempts = int.MaxValue,
            DelayGenerator = attempt => ValueTask.FromResult<TimeSpan?>(PauseAfter(attempt.Outcome.Exception!, attempt.AttemptNumber)),
            OnRetry = attempt =>
            {
                OnFault(attempt.Outcome.Exception!);
                return ValueTask.CompletedTask;
            },
        })
        .Build();

    private ResiliencePipeline? _untilWritten;

    private static TimeSpan PauseAfter(Exception exception, int attempt) =>
        StorageFaults.IsLocked(exception) ? PauseWhenLocked
        : StorageFaults.IsLasting(exception) ? LongestPause
        : TimeSpan.FromTicks(Math.Min(LongestPause.Ticks, FirstPause.Ticks << Math.Min(attempt, 20)));

    private void StoreOnce(List<UsageRecord> records, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _damaged?.ThrowIfUnchanged();
        _beforeTry = DamagedFile.Remember(connections.DatabasePath, reason: null);
        Open();
        if (records.Count > 0)
        {
            WriteAll(records, cancellationToken);
        }

        OnWritten();
    }

    private void Open()
    {
        if (_writer is null)
        {
            _writer = new UsageWriter(connections, prices);
            NoticeOtherFile();
        }

        if (_damaged is not null)
        {
            _writer.RequireIntact();
            _damaged = null;
        }

        if (_hasFilledDisk)
        {
            Checkpoint(WaitWhenFull); // An emptied log is room as well.
        }
    }

    // After a fault there was no writer to ask whether the files have moved.
    private void NoticeOtherFile()
    {
        var file = FileStatus.Of(connections.DatabasePath)?.Inode;
        if (_file is not null && file != _file)
        {
            _hasMoved = true;
            connections.Forget(); // Those who only read would go on in the earlier one.
        }

        _file = file;
    }

    private void WriteAll(List<UsageRecord> records, CancellationToken cancellationToken)
    {
        try
        {
            _writer!.Write(records);
            records.Clear();
        }
        catch (Exception exception) when (!StorageFaults.IsOfDatabase(exception))
        {
            WriteOneByOne(records, cancellationToken);
        }
    }

    private void WriteOneByOne(List<UsageRecord> records, CancellationToken cancellationToken)
    {
        while (records.Count > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var record = records[0];
            try
            {
                _writer!.Write([record]);
            }
            catch (Exception exception) when (!StorageFaults.IsOfDatabase(exception))
            {
                status.CountSetAside();
                LogSetAside(record.Key.Value, record.Provider, record.ResponseModel ?? record.RequestModel, exception.Message);
            }

            records.RemoveAt(0);
        }
    }

    private void OnWritten()
    {
        if (status.State is WriterState.Waiting or WriterState.Blocked)
        {
            LogResumed(time.GetUtcNow() - status.StateSince);
        }

        status.Enter(WriterState.Writing);
        _hasFilledDisk = false;
        reserve.Hold();
    }

    private void OnFault(Exception exception)
    {
        if (StorageFaults.IsLasting(exception))
        {
            if (status.State != WriterState.Blocked)
            {
                LogUnusable(connections.DatabasePath, exception.Message);
                journal.RequireReplay(); // What was stored lately may be in nothing but the damaged file.
            }

            status.Enter(WriterState.Blocked, exception.Message);
            // As it was before this try: a repair at any moment since then is a change.
            _damaged = _beforeTry with { Reason = exception };
            Dispose();
            return;
        }

        if (status.State != WriterState.Waiting)
        {
            LogDelayed(connections.DatabasePath, exception.Message);
        }

        status.Enter(WriterState.Waiting, exception.Message);
        if (StorageFaults.IsFull(exception))
        {
            reserve.GiveUp();
            _hasFilledDisk = true;
        }

        if (!StorageFaults.IsLocked(exception))
        {
            _hasMoved |= HasMoved;
            Dispose(); // After an I/O error a connection may never work again.
        }
    }

    [LoggerMessage(EventIds.StoringDelayed, LogLevel.Warning,
        "The database {Database} cannot be written ({Reason}). Calls are forwarded as always; their records wait until it can", EventName = nameof(EventIds.StoringDelayed))]
    private partial void LogDelayed(string database, string reason);

    [LoggerMessage(EventIds.StoringResumed, LogLevel.Information, "The database can be written again after {Duration}", EventName = nameof(EventIds.StoringResumed))]
    private partial void LogResumed(TimeSpan duration);

    [LoggerMessage(EventIds.DatabaseUnusable, LogLevel.Error,
        "Nothing more is written to the database {Database}: {Reason} Calls are forwarded as always; their records wait in the journal. Stop Tracker, repair the file or move it away, and start Tracker again",
        EventName = nameof(EventIds.DatabaseUnusable))]
    private partial void LogUnusable(string database, string reason);

    [LoggerMessage(EventIds.DatabaseReplaced, LogLevel.Warning,
        "The database {Database} was deleted or replaced while it was in use. The records that the journal still has are stored again in the file that is there now", EventName = nameof(EventIds.DatabaseReplaced))]
    private partial void LogReplaced(string database);

    [LoggerMessage(EventIds.RecordSetAside, LogLevel.Error, "The database refused the record {UsageKey} of {Provider} {Model}, it is left out: {Reason}", EventName = nameof(EventIds.RecordSetAside))]
    private partial void LogSetAside(string usageKey, string? provider, string? model, string reason);

    /// <summary>A file that is not touched again before it has changed.</summary>
    private sealed record DamagedFile(string Path, (DateTime ModifiedAt, long Length) Database, (DateTime ModifiedAt, long Length) Log, Exception? Reason)
    {
        public static readonly DamagedFile ToBeChecked = new("", default, default, null);

        public static DamagedFile Remember(string path, Exception? reason) => new(path, StampOf(path), StampOf(path + "-wal"), reason);

        public void ThrowIfUnchanged()
        {
            if (Reason is not null && Remember(Path, Reason) == this)
            {
                ExceptionDispatchInfo.Throw(Reason);
            }
        }

        private static (DateTime ModifiedAt, long Length) StampOf(string path) => new FileInfo(path) is { Exists: true, Length: > 0 } file ? (file.LastWriteTimeUtc, file.Length) : default;
    }
}
