using Tracker.Storage.Connections;

namespace Tracker.Proxy.Recording;

/// <summary>Keeps the database's log (the WAL file) small: empties it when there is nothing to write, and when it has grown although there is. For the writer's thread.</summary>
internal sealed partial class WalKeeper(RecordStore store, TrackerConnectionFactory connections, ILogger<WalKeeper> logger)
{
    /// <summary>SQLite's own checkpoint keeps the log at 16 MB as long as there are moments without a reader.</summary>
    public const int Large = 24 * 1024 * 1024;

    /// <summary>Only a reader that stays lets it grow so far.</summary>
    public const long Alarming = 64 * 1024 * 1024;

    /// <summary>What a longer piece of work may let it grow to while somebody reads: a report over millions of calls takes seconds, and there may be one after the other. The rest is for records and for the importer.</summary>
    private const long LargestOfWork = 48 * 1024 * 1024;

    private static readonly TimeSpan Wait = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LastWait = TimeSpan.FromSeconds(1);

    private bool _isAlarming;

    /// <summary>To be called every second or so.</summary>
    /// <param name="isIdle">Nothing has come for a while.</param>
    public void LookAfter(bool isIdle)
    {
        var bytes = connections.WalBytes;
        if (bytes == 0 || (!isIdle && bytes <= Large))
        {
            return;
        }

        store.Checkpoint(Wait);
        Tell(connections.WalBytes);
    }

    /// <summary>
    /// To be called before each piece of a longer piece of work, of which the log would keep all: SQLite's own checkpoint is for the writer's connection. Waits for nobody: the next piece tries again.
    /// </summary>
    /// <returns>Whether there is room for more. Else somebody reads, and the work should go on later.</returns>
    public bool KeepSmall()
    {
        if (connections.WalBytes > Large)
        {
            store.Checkpoint(TimeSpan.Zero);
            Tell(connections.WalBytes);
        }

        return connections.WalBytes <= LargestOfWork;
    }

    /// <summary>Called before the writer's connection is closed: SQLite removes the log with the last connection, so those in the pool go first.</summary>
    public void EmptyAtTheEnd()
    {
        connections.Forget();
        store.Checkpoint(LastWait);
    }

    private void Tell(long bytes)
    {
        if (bytes > Alarming && !_isAlarming)
        {
            _isAlarming = true;
            LogLarge(connections.DatabasePath, bytes / (1024 * 1024));
        }
        else if (bytes <= Large && _isAlarming)
        {
            _isAlarming = false;
            LogSmallAgain(connections.DatabasePath);
        }
    }

    [LoggerMessage(EventIds.WalLarge, LogLevel.Warning,
        "The log of {Database} has grown to {Megabytes} MB, because another program reads the database without a pause. Close what has it open", EventName = nameof(EventIds.WalLarge))]
    private partial void LogLarge(string database, long megabytes);

    [LoggerMessage(EventIds.WalSmallAgain, LogLevel.Information, "The log of {Database} is small again", EventName = nameof(EventIds.WalSmallAgain))]
    private partial void LogSmallAgain(string database);
}
