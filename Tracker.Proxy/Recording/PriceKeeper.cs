using Microsoft.Data.Sqlite;
using Tracker.Storage.Connections;
using Tracker.Storage.Pricing;

namespace Tracker.Proxy.Recording;

/// <summary>
/// Takes up changed price files, and gives calls without a cost the one that the prices have for them, when there is nothing to store. A fault of the
/// database is left to the writer, which meets it too and says so. For the writer's thread.
/// </summary>
internal sealed partial class PriceKeeper(TrackerConnectionFactory connections, PriceBooks prices, UsageQueue queue, WalKeeper wal, TimeProvider time, ILogger<PriceKeeper> logger)
{
    // The importer gets its turn between two pieces, and a call that comes meanwhile is not late.
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Gap = TimeSpan.FromMilliseconds(2);

    private PriceBook? _lookedWith;
    private string? _knownTrouble;

    /// <summary>To be called every second or so.</summary>
    /// <param name="isIdle">Nothing has come for a while.</param>
    /// <param name="cancellationToken">Ends between two pieces.</param>
    public void LookAfter(bool isIdle, CancellationToken cancellationToken)
    {
        if (prices.LookAgain())
        {
            LogChanged(prices.Current.Hash);
        }

        TellTrouble();
        if (isIdle && !ReferenceEquals(_lookedWith, prices.Current))
        {
            PriceUnpriced(cancellationToken);
        }
    }

    private void PriceUnpriced(CancellationToken cancellationToken)
    {
        var priced = 0L;
        try
        {
            using var calls = new PricingWriter(connections, prices, time);
            for (var isDone = !calls.Unpriced.Search(); !isDone; cancellationToken.WaitHandle.WaitOne(Gap))
            {
                if (cancellationToken.IsCancellationRequested || queue.Depth > 0)
                {
                    return; // The next time of rest goes on.
                }

                (var more, isDone) = calls.Unpriced.Write(Longest);
                priced += more;
                if (!isDone && !wal.KeepSmall())
                {
                    return;
                }
            }

            _lookedWith = prices.Current;
        }
        catch (Exception exception) when (exception is SqliteException or StorageException)
        {
            // The next store meets the same fault.
        }
        finally
        {
            if (priced > 0)
            {
                LogCallsPriced(priced);
            }
        }
    }

    private void TellTrouble()
    {
        if (prices.Trouble != _knownTrouble && prices.Trouble is { } trouble)
        {
            LogUnusable(trouble);
        }

        _knownTrouble = prices.Trouble;
    }

    [LoggerMessage(EventIds.PricesUnusable, LogLevel.Warning, "A price file is not used, the other prices are: {Trouble}", EventName = nameof(EventIds.PricesUnusable))]
    private partial void LogUnusable(string trouble);

    [LoggerMessage(EventIds.PricesChanged, LogLevel.Information, "The price files have changed; calls are priced with book {Hash} from now on", EventName = nameof(EventIds.PricesChanged))]
    private partial void LogChanged(string hash);

    [LoggerMessage(EventIds.CallsPriced, LogLevel.Information, "{Count} calls that had no cost have one now", EventName = nameof(EventIds.CallsPriced))]
    private partial void LogCallsPriced(long count);
}
