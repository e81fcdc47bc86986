using Microsoft.Extensions.Options;
using Tracker.Storage.Hosting;
using Tracker.Storage.Usage;

namespace Tracker.Proxy.Recording;

/// <summary>
/// Moves records into the database, on a thread of its own because SQLite's calls block: first what an earlier process left in the journal, then
/// what the queue holds, up to a batch in one transaction, and what waits in the journal alone.
/// </summary>
internal sealed partial class UsageWriterService(
    UsageQueue queue, Journal journal, JournalReplay replay, RecordStore store, DiskReserve reserve, RollupKeeper rollup, PriceKeeper prices, WalKeeper wal, WriterStatus status, TimeProvider time, IOptions<RecordingOptions> options,
    ILogger<UsageWriterService> logger)
    : BackgroundService
{
    // How often a writer without work looks after the files.
    private static readonly TimeSpan IdlePeriod = TimeSpan.FromSeconds(5);

    // The same while the sums are far behind: only somebody who reads, for some seconds, keeps them from being brought on.
    private static readonly TimeSpan IdlePeriodWhenBehind = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// A transaction costs about as much for twenty records as for one, and a page that many of them touch is written once, so the first one waits a moment for others.
    /// Nobody sees it, and the journal has them.
    /// </summary>
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(25);

    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan FilesPeriod = TimeSpan.FromSeconds(1);

    private readonly TimeSpan _drainTimeout = options.Value.DrainTimeout;
    private readonly CancellationTokenSource _drainIsOver = new();
    private readonly List<QueuedRecord> _batch = new(RecordStore.LargestBatch);
    private readonly List<UsageRecord> _records = new(RecordStore.LargestBatch);
    private IReadOnlyList<string> _leftovers = [];
    private Task<bool>? _waiting;
    private long _filesLookedAfter;
    private volatile bool _isStopping;

    /// <summary>Makes the journal ready before the first request can come.</summary>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        _leftovers = journal.Start();
        return base.StartAsync(cancellationToken);
    }

    /// <summary>Stores what is left within the drain time. Kestrel has stopped before this, so no record comes late.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _isStopping = true;
        queue.Complete();
        _drainIsOver.CancelAfter(_drainTimeout);
        await base.StopAsync(cancellationToken);
    }

    public override void Dispose()
    {
        _drainIsOver.Dispose();
        base.Dispose();
    }

    // A long-running task gets a thread of its own: a locked database must not take one from the pool that serves requests.
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.Factory.StartNew(Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private void Run()
    {
        while (!TryRun())
        {
            _drainIsOver.Token.WaitHandle.WaitOne(AfterFailure);
        }

        reserve.GiveUp();
        wal.EmptyAtTheEnd();
        store.Dispose();
        CountWhatIsLeft();
        journal.Stop();
        status.Enter(WriterState.Stopped);
    }

    /// <summary>Runs to the end.</summary>
    /// <returns><see langword="false"/> when a fault of our own came first: the writer must live on, and what it holds is in the journal and the queue.</returns>
    private bool TryRun()
    {
        try
        {
            // Nothing to store yet: what is wrong with the database is to be known before the first call.
            if (store.Store(_records, _drainIsOver.Token) && replay.StoreLeftovers(_leftovers, _drainIsOver.Token))
            {
                _leftovers = [];
                // Rows can wait, they are in the journal; the calls that are being forwarded cannot. What an earlier process left must not wait: were this one
                // killed as well before it is stored, and the next, the journal would fill.
                ThreadPriorities.LowerOwn();
                StoreUntilTheEnd();
            }

            return true;
        }
        catch (Exception exception) when (!_drainIsOver.IsCancellationRequested)
        {
            LogFailed(exception);
            return false;
        }
    }

    private void StoreUntilTheEnd()
    {
        while (WaitForRecords() is { } hasMore)
        {
            if (hasMore)
            {
                TakeBatch();
                // Whoever deletes the log's index takes its locks away: this process and the next one would write one log at once.
                if ((store.HasMoved && !LookAfterJournal()) || !StoreBatch())
                {
                    return;
                }
            }

            if (!hasMore || journal.HasWork || time.GetElapsedTime(_filesLookedAfter) >= FilesPeriod)
            {
                _filesLookedAfter = time.GetTimestamp();
                if (!LookAfterJournal())
                {
                    return;
                }

                prices.LookAfter(isIdle: !hasMore, _drainIsOver.Token);
                rollup.LookAfter(isIdle: !hasMore, _drainIsOver.Token);
                wal.LookAfter(isIdle: !hasMore);
            }
            else if (rollup.IsBehind && queue.Depth == 0)
            {
                rollup.LookAfter(isIdle: false, _drainIsOver.Token);
            }
        }

        LookAfterJournal();
    }

    /// <returns>Whether there are records, or none for a while; null when the queue is completed and empty.</returns>
    private bool? WaitForRecords()
    {
        // This thread is the writer's own, so blocking it is what waiting means here.
        _waiting ??= queue.Reader.WaitToReadAsync(CancellationToken.None).AsTask();
        if (!_waiting.IsCompleted)
        {
            status.Enter(WriterState.Idle);
            if (!_waiting.Wait(rollup.IsBehind ? IdlePeriodWhenBehind : IdlePeriod))
            {
                return false;
            }
        }

        if (!_isStopping && queue.Depth < RecordStore.LargestBatch)
        {
            Thread.Sleep(Gathering);
        }

        var hasMore = _waiting.GetAwaiter().GetResult();
        _waiting = null;
        return hasMore ? true : null;
    }

    private void TakeBatch()
    {
        while (_batch.Count < RecordStore.LargestBatch && queue.Reader.TryRead(out var queued))
        {
            _batch.Add(queued);
            _records.Add(queued.Record);
        }

        status.Hold(_batch.Count);
    }

    /// <returns><see langword="false"/> when the time to drain is over.</returns>
    private bool StoreBatch()
    {
        var setAside = status.SetAside;
        var started = time.GetTimestamp();
        if (!store.Store(_records, _drainIsOver.Token))
        {
            return false;
        }

        status.CountStored(_batch.Count - (status.SetAside - setAside));
        status.Hold(0);
        foreach (var queued in _batch)
        {
            queued.Segment?.Settle();
        }

        LogBatchStored(_batch.Count, time.GetElapsedTime(started).TotalMilliseconds);
        _batch.Clear();
        return true;
    }

    /// <summary>Goes on in a database that has taken the old one's place, stores what waits in the journal alone, and gives back its room.</summary>
    /// <returns><see langword="false"/> when the time to drain is over.</returns>
    private bool LookAfterJournal()
    {
        if (store.HasMoved)
        {
            store.Reopen();
            journal.RequireReplay();
        }
        else if (queue.Depth == 0)
        {
            journal.SealSpilled();
        }

        journal.LeaveDeletedFiles();

        foreach (var segment in journal.Settled())
        {
            if (!segment.MustReplay)
            {
                journal.Remove(segment);
            }
            else if (!replay.Store(segment, _drainIsOver.Token))
            {
                return false;
            }
        }

        return true;
    }

    private void CountWhatIsLeft()
    {
        var left = _batch.TakeLast(_records.Count).ToList(); // What was stored before the end has left the other list.
        while (queue.Reader.TryRead(out var queued))
        {
            left.Add(queued);
        }

        var lost = left.Count(queued => queued.Segment is null);
        var kept = left.Count - lost + journal.Spilled;
        if (lost > 0)
        {
            status.CountLost(lost);
            LogLost(lost, _drainTimeout);
        }

        if (kept > 0)
        {
            LogKept(kept, _drainTimeout);
        }
    }

    [LoggerMessage(EventIds.WriterFailed, LogLevel.Error, "Storing records failed in a way that Tracker does not know; it goes on. Please report this", EventName = nameof(EventIds.WriterFailed))]
    private partial void LogFailed(Exception exception);

    [LoggerMessage(EventIds.BatchStored, LogLevel.Debug, "Stored {Count} records in {ElapsedMs:0.0} ms", EventName = nameof(EventIds.BatchStored))]
    private partial void LogBatchStored(int count, double elapsedMs);

    [LoggerMessage(EventIds.RecordsLostAtShutdown, LogLevel.Error,
        "{Count} records could not be stored within {DrainTimeout} at the end and are lost, because the journal could not take them either", EventName = nameof(EventIds.RecordsLostAtShutdown))]
    private partial void LogLost(int count, TimeSpan drainTimeout);

    [LoggerMessage(EventIds.RecordsKeptAtShutdown, LogLevel.Warning,
        "{Count} records could not be stored within {DrainTimeout} at the end; they are in the journal and are stored at the next start", EventName = nameof(EventIds.RecordsKeptAtShutdown))]
    private partial void LogKept(long count, TimeSpan drainTimeout);
}
