using Tracker.Storage.Connections;
using Tracker.Storage.Statistics;
using Tracker.Storage.Usage;

namespace Tracker.Storage.Care;

/// <summary>Reads all calls of a filter in the order of time, page by page, so that neither memory nor a reader's snapshot grows with them: whoever takes the pages may be slow.</summary>
public sealed class CallExport(TrackerConnectionFactory connections)
{
    private const int CallsAtOnce = 2000;

    /// <summary>The pages, each as it was when it was taken. A call that is stored or merged meanwhile is in them or not.</summary>
    /// <exception cref="StorageException">The database cannot be used.</exception>
    /// <exception cref="Microsoft.Data.Sqlite.SqliteException">The database cannot be read.</exception>
    public IEnumerable<IReadOnlyList<Call>> ReadPages(UsageFilter filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        var sql = $"""
            SELECT {CallQueries.Columns}
            FROM   usage INDEXED BY usage_occurred_at
            WHERE  (occurred_at_ms, id) > (@AfterMs, @AfterId) AND occurred_at_ms < @ToMs{filter.ConditionsOnCalls()}
            ORDER  BY occurred_at_ms, id
            LIMIT  {CallsAtOnce}
            """;
        var after = new CallPosition(filter.FromMs, long.MinValue);
        List<Call> page;
        do
        {
            using (var connection = connections.OpenReadOnly())
            {
                page = Statement.Read(connection, sql, CallQueries.Read, statement =>
                {
                    filter.Bind(statement);
                    statement.Bind("@AfterMs", after.OccurredAtMs);
                    statement.Bind("@AfterId", after.Id);
                });
            }

            if (page.Count > 0)
            {
                after = new CallPosition(page[^1]);
                yield return page;
            }
        }
        while (page.Count == CallsAtOnce);
    }
}
