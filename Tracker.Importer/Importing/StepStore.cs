using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;
using Tracker.Storage.Connections;
using Tracker.Storage.Hosting;
using Tracker.Storage.Imports;

namespace Tracker.Importer.Importing;

/// <summary>
/// Stores steps in transactions. Beside a running proxy they are short, with a gap between in which the waiting proxy gets its turn; alone they
/// may be long. Waits while another program holds the database, up to <see cref="LongestWait"/>.
/// </summary>
internal sealed partial class StepStore : IDisposable
{
    /// <summary>After this a pass gives up; the next one goes on from where it was.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    private const int BatchSteps = 2000;

    // Measured: with 10 ms of row work the lock is held for 25 ms at most, and no row of the proxy is later than about 40 ms.
    private static readonly TimeSpan BoxBesideProxy = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan GapBesideProxy = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan BoxAlone = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LookForProxyAfter = TimeSpan.FromSeconds(1);

    private readonly TrackerConnectionFactory _connections;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationToken _cancellationToken;
    private readonly ResiliencePipeline _untilFree;
    private readonly ImportWriter _writer;
    private readonly List<ImportStep> _steps = new(BatchSteps);
    private long? _lockedSince;
    private bool _proxyRuns;
    private long? _lookedForProxyAt;

    /// <exception cref="StorageException">The database cannot be used.</exception>
    /// <exception cref="SqliteException">The database cannot be used.</exception>
    public StepStore(TrackerConnectionFactory connections, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        (_connections, _time, _logger, _cancellationToken) = (connections, time, logger, cancellationToken);
        _untilFree = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = new PredicateBuilder().Handle<Exception>(exception => StorageFaults.IsLocked(exception) && MayWaitLonger()),
                MaxRetryAttempts = int.MaxValue,
                BackoffType = DelayBackoffType.Constant,
                // SQLite itself has waited for Storage:BusyTimeout by then.
                Delay = TimeSpan.FromMilliseconds(50),
                UseJitter = true,
            })
            .Build();
        _writer = Do(() => new ImportWriter(connections, time));
    }

    /// <summary>Rows that are new in the database.</summary>
    public long RowsAdded { get; private set; }

    public IReadOnlyDictionary<string, ImportCursor> ReadCursors(string source) => Do(() => _writer.ReadCursors(source));

    public void SetLastImport() => Do(() =>
    {
        _writer.SetLastImport(_time.GetUtcNow());
        return true;
    });

    public void Add(IReadOnlyList<ImportStep> steps)
    {
        _steps.AddRange(steps);
        if (_steps.Count >= BatchSteps)
        {
            Flush();
        }
    }

    /// <summary>Stores all that was added.</summary>
    /// <exception cref="SqliteException">The database was locked for too long, or cannot be written. What was stored stays.</exception>
    /// <exception cref="OperationCanceledException">The pass was told to stop. What was stored stays.</exception>
    public void Flush()
    {
        while (_steps.Count > 0)
        {
            var besideProxy = ProxyRuns();
            var result = Do(() => Write(besideProxy ? BoxBesideProxy : BoxAlone));
            RowsAdded += result.RowsAdded;
            _steps.RemoveRange(0, result.StepsStored);
            EndTurn(besideProxy);
        }
    }

    /// <summary>Makes one row of two where the wire and a log without the upstream's ids tell of the same call. Call it when all is stored.</summary>
    /// <param name="completeUntil">Until when what the logs tell has been stored.</param>
    /// <param name="clients">All clients whose logs can be imported.</param>
    /// <returns>How many calls were joined, and when the next one can be that is too young now.</returns>
    /// <exception cref="SqliteException">The database was locked for too long, or cannot be written. What was joined stays.</exception>
    /// <exception cref="OperationCanceledException">The pass was told to stop. What was joined stays.</exception>
    public (int Joined, DateTimeOffset? NextSettlesAt) Join(DateTimeOffset completeUntil, IReadOnlySet<string> clients)
    {
        var plan = Do(() => _writer.Joins.Search(completeUntil, clients));
        var joined = 0;
        while (!plan.IsDone)
        {
            var besideProxy = ProxyRuns();
            joined += Do(() => _writer.Joins.Write(plan, besideProxy ? BoxBesideProxy : BoxAlone));
            EndTurn(besideProxy);
        }

        return (joined, plan.NextSettlesAt);
    }

    public void Dispose() => _writer.Dispose();

    private void EndTurn(bool besideProxy)
    {
        _writer.CheckpointIfLarge();
        if (besideProxy)
        {
            _cancellationToken.WaitHandle.WaitOne(GapBesideProxy);
        }

        _cancellationToken.ThrowIfCancellationRequested();
    }

    private ImportResult Write(TimeSpan box)
    {
        try
        {
            return _writer.Write(_steps, box);
        }
        catch (SqliteException exception) when (!StorageFaults.IsOfDatabase(exception))
        {
            return WriteFirst();
        }
    }

    // One of the steps holds a record that the database refuses. They are stored singly, so that only that one is left out.
    private ImportResult WriteFirst()
    {
        var step = _steps[0];
        try
        {
            return _writer.Write([step], BoxAlone);
        }
        catch (SqliteException exception) when (!StorageFaults.IsOfDatabase(exception))
        {
            LogSetAside(step.Record!.Key.Value, _steps.FirstOrDefault(later => later.Cursor is not null).Cursor?.Path, exception.Message);
            return _writer.Write([step with { Record = null }], BoxAlone);
        }
    }

    private T Do<T>(Func<T> work)
    {
        var result = _untilFree.Execute(_ => work(), _cancellationToken);
        if (_lockedSince is { } since)
        {
            LogFree(_connections.DatabasePath, _time.GetElapsedTime(since));
            _lockedSince = null;
        }

        return result;
    }

    private bool MayWaitLonger()
    {
        if (_lockedSince is null)
        {
            _lockedSince = _time.GetTimestamp();
            LogLocked(_connections.DatabasePath);
        }

        return _time.GetElapsedTime(_lockedSince.Value) < LongestWait;
    }

    private bool ProxyRuns()
    {
        if (_lookedForProxyAt is null || _time.GetElapsedTime(_lookedForProxyAt.Value) > LookForProxyAfter)
        {
            _proxyRuns = IsProxyLockHeld();
            _lookedForProxyAt = _time.GetTimestamp();
        }

        return _proxyRuns;
    }

    private bool IsProxyLockHeld()
    {
        try
        {
            return DirectoryLock.IsHeld(DirectoryLock.ProxyLock(_connections.DataDirectory));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return true; // Another user's, perhaps: be polite.
        }
    }

    [LoggerMessage(EventIds.DatabaseLocked, LogLevel.Warning, "Another program holds {Database} for longer than Storage:BusyTimeout; the import waits", EventName = nameof(EventIds.DatabaseLocked))]
    private partial void LogLocked(string database);

    [LoggerMessage(EventIds.DatabaseFree, LogLevel.Information, "{Database} is free again; the import waited {Duration} and goes on", EventName = nameof(EventIds.DatabaseFree))]
    private partial void LogFree(string database, TimeSpan duration);

    [LoggerMessage(EventIds.RecordSetAside, LogLevel.Error, "The database refused the record {UsageKey} of {Path}, it is left out: {Reason}", EventName = nameof(EventIds.RecordSetAside))]
    private partial void LogSetAside(string usageKey, string? path, string reason);
}
