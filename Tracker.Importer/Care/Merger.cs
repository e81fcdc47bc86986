using Microsoft.Extensions.Logging;
using Tracker.Importer.Importing;
using Tracker.Storage.Care;
using Tracker.Storage.Connections;
using Tracker.Storage.Imports;
using Tracker.Storage.Pricing;

namespace Tracker.Importer.Care;

/// <summary>Takes the calls of another machine's database in, through the merge that everything goes through, in turns with a running proxy.</summary>
internal sealed class Merger(TrackerConnectionFactory connections, PriceBooks prices, TimeProvider time, ILogger<Merger> logger)
{
    private const int CallsAtOnce = 500;

    /// <exception cref="StorageException">The other database cannot be used; the message says why.</exception>
    /// <exception cref="Microsoft.Data.Sqlite.SqliteException">The own one was locked for too long, or cannot be written. What was stored stays; doing it again goes on.</exception>
    public MergeReport Merge(string path)
    {
        using var other = OtherDatabase.Open(connections, path, time);
        using var store = new StepStore(connections, prices, time, logger, CancellationToken.None);
        var names = other.ReadNames();
        store.Adopt(names); // Of calls that were pruned here under another name than they have there: those are not taken in.
        var calls = 0L;
        foreach (var chunk in other.ReadCalls().Select(record => new ImportStep(record, null)).Chunk(CallsAtOnce))
        {
            store.Add(chunk);
            calls += chunk.Length;
        }

        store.Flush();
        store.Adopt(names);
        return new MergeReport(connections.DatabasePath, path, calls, store.RowsAdded, other.PrunedCalls);
    }
}
