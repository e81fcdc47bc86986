using Microsoft.Extensions.Options;
using Polly;
using Polly.Retry;
using Tracker.Storage.Connections;
using Tracker.Storage.Usage;

namespace Tracker.Proxy.Recording;

/// <summary>
/// Stores what the queue holds: all of it, up to a batch, in one transaction, on a thread of its own because SQLite's calls block. While the
/// database cannot be written it tries again; a record that the database refuses is set aside and the rest of its batch stored.
/// </summary>
internal sealed partial class UsageWriterService : BackgroundService
{
    /// <summary>Keeps a transaction at a few milliseconds, so that the importer gets its turn.</summary>
    private const int LargestBatch = 500;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);

    // SQLite itself waits for a lock for Storage:BusyTimeout; the pause only keeps a lasting fault from spinning.
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private readonly UsageQueue _queue;
    private readonly WriterStatus _status;
    private readonly TrackerConnectionFactory _connections;
    private readonly TimeProvider _time;
    private readonly ILogger<UsageWriterService> _logger;
    private readonly TimeSpan _drainTimeout;
    private readonly CancellationTokenSource _drainIsOver;
    private readonly ResiliencePipeline _untilWritten;
    private readonly List<UsageRecord> _batch = new(LargestBatch);
    private UsageWriter? _writer;

    public UsageWriterService(
        UsageQueue queue, WriterStatus status, TrackerConnectionFactory connections, TimeProvider time, IOptions<RecordingOptions> options,
        ILogger<UsageWriterService> logger)
    {
        (_queue, _status, _connections, _time, _logger) = (queue, status, connections, time, logger);
        _drainTimeout = options.Value.DrainTimeout;
        _drainIsOver = new CancellationTokenSource();
        _untilWritten = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = new PredicateBuilder().Handle<Exception>(StorageFaults.IsOfDatabase),
                MaxRetryAttempts = int.MaxValue,
                BackoffType = DelayBackoffType.Exponential,
                Delay = FirstPause,
                MaxDelay = LongestPause,
                UseJitter = true,
                OnRetry = arguments =>
                {
                    OnDatabaseFault(arguments.Outcome.Exception!);
                    return ValueTask.CompletedTask;
                },
            })
            .Build();
    }

    /// <summary>Stores what is left within the drain time. Kestrel has stopped before this, so no record comes late.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _queue.Complete();
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
        while (WaitForRecords())
        {
            TakeBatch();
            if (!StoreBatch())
            {
                break;
            }
        }

        CountWhatIsLeft();
        Close();
        _status.Enter(WriterState.Stopped);
    }

    /// <returns><see langword="false"/> when the queue is completed and empty.</returns>
    private bool WaitForRecords()
    {
        var waiting = _queue.Reader.WaitToReadAsync(CancellationToken.None);
        if (!waiting.IsCompleted)
        {
            _status.Enter(WriterState.Idle);
        }

        // This thread is the writer's own, so blocking it is what waiting means here.
        return waiting.AsTask().GetAwaiter().GetResult();
    }

    private void TakeBatch()
    {
        while (_batch.Count < LargestBatch && _queue.Reader.TryRead(out var record))
        {
            _batch.Add(record);
        }
    }

    /// <returns><see langword="false"/> when the time to drain is over.</returns>
    private bool StoreBatch()
    {
        try
        {
            _untilWritten.Execute(Store, _drainIsOver.Token);
            return true;
        }
        catch (OperationCanceledException) when (_drainIsOver.IsCancellationRequested)
        {
            return false;
        }
        catch (Exception exception) when (StorageFaults.IsOfDatabase(exception))
        {
            return false; // The last try at shutdown.
        }
    }

    /// <summary>Stores the batch, or all of it that the database accepts. Throws only faults of the database; what is stored by then has left the batch.</summary>
    private void Store(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _writer ??= new UsageWriter(_connections);
        var started = _time.GetTimestamp();
        var count = _batch.Count;
        try
        {
            _writer.Write(_batch);
            _status.CountStored(count);
            _batch.Clear();
        }
        catch (Exception exception) when (!StorageFaults.IsOfDatabase(exception))
        {
            StoreOneByOne(cancellationToken);
        }

        OnStored(count, _time.GetElapsedTime(started).TotalMilliseconds);
    }

    private void StoreOneByOne(CancellationToken cancellationToken)
    {
        while (_batch.Count > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var record = _batch[0];
            try
            {
                _writer!.Write([record]);
                _status.CountStored(1);
            }
            catch (Exception exception) when (!StorageFaults.IsOfDatabase(exception))
            {
                _status.CountSetAside();
                LogSetAside(record.Key.Value, record.Provider, record.ResponseModel ?? record.RequestModel, exception.Message);
            }

            _batch.RemoveAt(0);
        }
    }

    private void OnStored(int count, double elapsedMs)
    {
        if (_status.State == WriterState.Waiting)
        {
            LogResumed(_time.GetUtcNow() - _status.StateSince, _queue.Depth);
        }

        _status.Enter(WriterState.Writing);
        LogBatchStored(count, elapsedMs);
    }

    private void OnDatabaseFault(Exception exception)
    {
        if (_status.State != WriterState.Waiting)
        {
            LogDelayed(_connections.DatabasePath, exception.Message);
        }

        _status.Enter(WriterState.Waiting, exception.Message);
        // A fresh connection each time: after an I/O error or a replaced file the old one may never work again.
        CloseConnection();
    }

    private void CountWhatIsLeft()
    {
        var left = _batch.Count;
        while (_queue.Reader.TryRead(out _))
        {
            left++;
        }

        if (left > 0)
        {
            _status.CountLost(left);
            LogLost(left, _drainTimeout, _connections.DatabasePath);
        }
    }

    private void Close()
    {
        try
        {
            _writer?.Checkpoint();
        }
        catch (Exception exception) when (StorageFaults.IsOfDatabase(exception))
        {
            // The log stays as it is; the next process that opens the database reads it.
        }

        CloseConnection();
    }

    private void CloseConnection()
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

    [LoggerMessage(EventIds.BatchStored, LogLevel.Debug, "Stored {Count} records in {ElapsedMs:0.0} ms", EventName = nameof(EventIds.BatchStored))]
    private partial void LogBatchStored(int count, double elapsedMs);

    [LoggerMessage(EventIds.StoringDelayed, LogLevel.Warning,
        "The database {Database} cannot be written ({Reason}). Calls are forwarded as always; their records wait in memory until it can", EventName = nameof(EventIds.StoringDelayed))]
    private partial void LogDelayed(string database, string reason);

    [LoggerMessage(EventIds.StoringResumed, LogLevel.Information, "The database can be written again after {Duration}; {Waiting} more records are waiting", EventName = nameof(EventIds.StoringResumed))]
    private partial void LogResumed(TimeSpan duration, int waiting);

    [LoggerMessage(EventIds.RecordSetAside, LogLevel.Error, "The database refused the record {UsageKey} of {Provider} {Model}, it is left out: {Reason}", EventName = nameof(EventIds.RecordSetAside))]
    private partial void LogSetAside(string usageKey, string? provider, string? model, string reason);

    [LoggerMessage(EventIds.RecordsLostAtShutdown, LogLevel.Error,
        "{Count} records could not be stored within {DrainTimeout} at the end and are lost: the database {Database} could not be written", EventName = nameof(EventIds.RecordsLostAtShutdown))]
    private partial void LogLost(int count, TimeSpan drainTimeout, string database);
}
