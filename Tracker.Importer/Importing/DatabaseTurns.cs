using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;
using Tracker.Storage.Connections;
using Tracker.Storage.Hosting;

namespace Tracker.Importer.Importing;

/// <summary>
/// Does work on the database in turns. Beside a running proxy they are short, with a gap between in which the waiting proxy gets its turn; alone they
/// may be long. Waits while another program holds the database, up to <see cref="LongestWait"/>.
/// </summary>
internal sealed partial class DatabaseTurns
{
    /// <summary>After this a pass gives up; the next one goes on from where it was.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    /// <summary>How long a turn is that needs no watching: there is no proxy.</summary>
    public static readonly TimeSpan BoxAlone = TimeSpan.FromMilliseconds(250);

    // Measured: with 10 ms of row work the lock is held for 25 ms at most. How late that makes the proxy's rows: docs/adr/0005-incremental-import.md.
    private static readonly TimeSpan BoxBesideProxy = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan GapBesideProxy = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan LookForProxyAfter = TimeSpan.FromSeconds(1);

    // A proxy that found the database locked looks again after 1, 2, 5, 10, 15, 20, three times 25, twice 50 and then each 100 ms (sqliteDefaultBusyCallback, seen with strace 2026-12), so
    // that short gaps can miss it for long. One that is storing calls and has not come for a while gets a gap that it cannot miss as long as it looks each 25 ms, and which ends as soon as
    // it has written.
    private static readonly TimeSpan LongGap = TimeSpan.FromMilliseconds(30);
    private static readonly TimeSpan LongGapAfter = TimeSpan.FromMilliseconds(40);
    private static readonly TimeSpan ProxyStoresFor = TimeSpan.FromSeconds(1);

    private readonly TrackerConnectionFactory _connections;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationToken _cancellationToken;
    private readonly Lazy<ResiliencePipeline> _untilFree;
    private long? _lockedSince;
    private bool _proxyRuns;
    private long? _lookedForProxyAt;
    private long? _dataVersion;
    private long? _proxyWroteAt;
    private long _gapAt;

    public DatabaseTurns(TrackerConnectionFactory connections, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        (_connections, _time, _logger, _cancellationToken) = (connections, time, logger, cancellationToken);
        _untilFree = new(() => new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = new PredicateBuilder().Handle<Exception>(exception => StorageFaults.IsLocked(exception) && MayWaitLonger()),
                MaxRetryAttempts = int.MaxValue,
                BackoffType = DelayBackoffType.Constant,
                // SQLite itself has waited for Storage:BusyTimeout by then.
                Delay = TimeSpan.FromMilliseconds(50),
                UseJitter = true,
            })
            .Build());
    }

    /// <summary>Tells another number when another connection has written. Without it all gaps are short.</summary>
    public Func<long?>? DataVersion { get; set; }

    /// <summary>Whether a proxy runs; looked for once a second.</summary>
    public bool ProxyRuns()
    {
        if (_lookedForProxyAt is null || _time.GetElapsedTime(_lookedForProxyAt.Value) > LookForProxyAfter)
        {
            _proxyRuns = IsProxyLockHeld();
            _lookedForProxyAt = _time.GetTimestamp();
        }

        return _proxyRuns;
    }

    /// <summary>Does something short, as soon as no other program holds the database.</summary>
    public T Do<T>(Func<T> work)
    {
        T result;
        try
        {
            _cancellationToken.ThrowIfCancellationRequested();
            result = work();
        }
        catch (Exception exception) when (StorageFaults.IsLocked(exception) && MayWaitLonger())
        {
            result = _untilFree.Value.Execute(_ => work(), _cancellationToken);
        }

        if (_lockedSince is { } since)
        {
            LogFree(_connections.DatabasePath, _time.GetElapsedTime(since));
            _lockedSince = null;
        }

        return result;
    }

    /// <summary>Does a piece of something long, and leaves the proxy its turn.</summary>
    /// <param name="piece">Is given about how long its transaction may take.</param>
    /// <exception cref="OperationCanceledException">The program was told to stop; the piece is done.</exception>
    public T Take<T>(Func<TimeSpan, T> piece)
    {
        var besideProxy = ProxyRuns();
        var result = Do(() => piece(besideProxy ? BoxBesideProxy : BoxAlone));
        if (besideProxy)
        {
            LeaveGap();
        }

        _cancellationToken.ThrowIfCancellationRequested();
        return result;
    }

    private void LeaveGap()
    {
        _cancellationToken.WaitHandle.WaitOne(GapBesideProxy);
        if (HasProxyWritten() || _proxyWroteAt is not { } wroteAt || _time.GetElapsedTime(wroteAt) > ProxyStoresFor || _time.GetElapsedTime(_gapAt) < LongGapAfter)
        {
            return;
        }

        var begun = _time.GetTimestamp();
        while (!HasProxyWritten() && _time.GetElapsedTime(begun) < LongGap && !_cancellationToken.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(1)))
        {
        }

        _gapAt = _time.GetTimestamp();
    }

    private bool HasProxyWritten()
    {
        long? version;
        try
        {
            version = DataVersion?.Invoke();
        }
        catch (SqliteException)
        {
            return false; // The next turn finds out what it is, and waits where that helps.
        }

        if (version == _dataVersion)
        {
            return false;
        }

        // The first number is no news.
        _proxyWroteAt = _dataVersion is null ? null : _time.GetTimestamp();
        _gapAt = _time.GetTimestamp();
        _dataVersion = version;
        return _proxyWroteAt is not null;
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
}
