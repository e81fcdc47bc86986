using Microsoft.Data.Sqlite;
using Tracker.Storage.Connections;
using Tracker.Storage.Pricing;
using Tracker.Storage.Statistics;

namespace Tracker.Proxy.Recording;

/// <summary>
/// Brings the sums that reports are made of up to date when there is nothing to store. Reports are right without that, only slower, so a fault is
/// left to the writer, which meets it too and says so. For the writer's thread.
/// </summary>
internal sealed class RollupKeeper(TrackerConnectionFactory connections, PriceBooks prices, UsageQueue queue, WalKeeper wal, TimeProvider time)
{
    // A record that comes meanwhile is not late, and the importer gets its turn between two pieces.
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Gap = TimeSpan.FromMilliseconds(1);

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestWhenBusy = TimeSpan.FromMilliseconds(20);

    private long _busyTurn;

    /// <summary>
    /// Much is left: the turn ended because a record came, or because somebody reads and keeps the log from being emptied. After a change of prices or an upgrade it is millions of calls, which every report reads
    /// until they are in the sums, so the next moment without a record is used, and not only the next time of rest.
    /// </summary>
    public bool IsBehind { get; private set; }

    /// <summary>To be called every second or so, and whenever nothing is to be stored while it <see cref="IsBehind"/>.</summary>
    /// <param name="isIdle">Nothing has come for a while.</param>
    /// <param name="cancellationToken">Ends between two pieces.</param>
    public void LookAfter(bool isIdle, CancellationToken cancellationToken)
    {
        IsBehind = false;
        try
        {
            using var rollup = new UsageRollup(connections, prices, time, isBesideWriter: true);
            if (isIdle || rollup.IsFarFromDone)
            {
                Advance(rollup, cancellationToken);
                IsBehind = rollup.IsFarFromDone;
            }
        }
        catch (Exception exception) when (exception is SqliteException or StorageException)
        {
            // The next store meets the same fault.
        }
    }

    private void Advance(UsageRollup rollup, CancellationToken cancellationToken)
    {
        // A proxy that always has something to store would never get on: it takes some milliseconds of each second.
        var started = time.GetTimestamp();
        var atLeast = rollup.IsFarFromDone && time.GetElapsedTime(_busyTurn, started) >= Period ? LongestWhenBusy : TimeSpan.Zero;
        _busyTurn = atLeast > TimeSpan.Zero ? started : _busyTurn;
        while (wal.KeepSmall() && rollup.Advance(Longest) && !cancellationToken.WaitHandle.WaitOne(Gap))
        {
            if (queue.HasEnded || (queue.Depth > 0 && time.GetElapsedTime(started) >= atLeast))
            {
                return;
            }
        }
    }
}
