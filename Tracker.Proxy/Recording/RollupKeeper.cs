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
    /// <summary>So many calls are read by a report in some ten milliseconds; with more the sums are brought on although calls are coming.</summary>
    private const long Many = 50_000;

    // The importer gets its turn between two pieces.
    private static readonly TimeSpan Gap = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LongestWhenBusy = TimeSpan.FromMilliseconds(20);

    /// <summary>To be called every second or so.</summary>
    /// <param name="isIdle">Nothing has come for a while.</param>
    /// <param name="cancellationToken">Ends between two pieces.</param>
    public void LookAfter(bool isIdle, CancellationToken cancellationToken)
    {
        try
        {
            using var rollup = new UsageRollup(connections, prices, isBesideWriter: true);
            if (!isIdle && rollup.Pending < Many)
            {
                return;
            }

            var started = time.GetTimestamp();
            while (rollup.Advance() && !cancellationToken.WaitHandle.WaitOne(Gap))
            {
                if (!wal.KeepSmall() || (isIdle ? queue.Depth > 0 : time.GetElapsedTime(started) > LongestWhenBusy))
                {
                    return;
                }
            }
        }
        catch (Exception exception) when (exception is SqliteException or StorageException)
        {
            // The next store meets the same fault.
        }
    }
}
