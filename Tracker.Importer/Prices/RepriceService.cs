using Microsoft.Extensions.Logging;
using Tracker.Importer.Importing;
using Tracker.Storage.Connections;
using Tracker.Storage.Pricing;

namespace Tracker.Importer.Prices;

/// <summary>Computes the cost of every stored call again, in turns with a running proxy.</summary>
internal sealed partial class RepriceService(TrackerConnectionFactory connections, PriceBooks prices, TimeProvider time, ILogger<RepriceService> logger)
{
    /// <exception cref="PriceFileException">A price file is wrong, and this is no dry run. Nothing was changed.</exception>
    /// <exception cref="Microsoft.Data.Sqlite.SqliteException">The database was locked for too long, or cannot be used. What was changed stays; the next run goes on.</exception>
    /// <exception cref="OperationCanceledException">It was told to stop; the same holds.</exception>
    public RepriceReport Run(bool dryRun, CancellationToken cancellationToken)
    {
        if (prices.Trouble is { } trouble)
        {
            if (!dryRun)
            {
                // All of history would lose the prices and discounts of that file.
                throw new PriceFileException($"A price file is not used: {trouble} Nothing was changed. What it would be without that file, --dry-run shows.");
            }

            LogPricesUnusable(trouble);
        }

        var turns = new DatabaseTurns(connections, time, logger, cancellationToken);
        using var repricing = turns.Do(() => new Repricing(connections, prices.Current, time, dryRun));
        while (turns.Take(repricing.Next))
        {
        }

        return new RepriceReport(dryRun, repricing.Calls, repricing.Models);
    }

    [LoggerMessage(EventIds.PricesUnusable, LogLevel.Warning, "A price file is not used, the other prices are: {Trouble}", EventName = nameof(EventIds.PricesUnusable))]
    private partial void LogPricesUnusable(string trouble);
}
