using Microsoft.Extensions.Logging.Abstractions;
using Tracker.Importer.Care;
using Tracker.Storage.Care;
using Tracker.Storage.Pricing;
using Tracker.Storage.Statistics;
using Tracker.Storage.Usage;
using Tracker.Tests.Storage.Joining;
using Tracker.Tests.Support;

namespace Tracker.Tests.Importer.Care;

/// <summary>A machine with a database of its own, whose calls another one may take in.</summary>
internal sealed class MachineUnderTest : IDisposable
{
    private readonly TestDatabase _database = new();
    private readonly JoinUnderTest _joins;

    public MachineUnderTest() => _joins = new JoinUnderTest(_database);

    public MachineUnderTest Has(params UsageRecord[] records)
    {
        _joins.Store(records);
        return this;
    }

    public MachineUnderTest Join()
    {
        _joins.Join(at: 1_000_000);
        return this;
    }

    public MachineUnderTest Prune(DateTimeOffset before)
    {
        using var pruning = new Pruning(_database.Connections, PriceBooks.Embedded, TimeProvider.System, before);
        while (pruning.Next(TimeSpan.Zero))
        {
        }

        return this;
    }

    public MachineUnderTest Merge(MachineUnderTest other)
    {
        new Merger(_database.Connections, PriceBooks.Embedded, TimeProvider.System, NullLogger<Merger>.Instance).Merge(other._database.Path);
        return this;
    }

    /// <summary>What reports tell: calls, tokens, cost.</summary>
    public UsageSums Total() => new UsageStatistics(_database.Connections, TimeProvider.System).GetTotal(new UsageFilter());

    public IReadOnlyList<string> Keys() => _joins.Keys();

    /// <summary>What is known of each call. Its name is that of whoever told of it first, where nobody knows the upstream's.</summary>
    public IReadOnlyList<string> Calls() =>
    [
        .. _database.Query("""
            SELECT   iif(evidence & 1, usage_key, client) AS named, occurred_at_ms, evidence, outcome, quality, provider, client, session_id, project, request_model, response_model, input_tokens,
                     output_tokens, cache_read_tokens, cache_creation_5m_tokens, cache_creation_1h_tokens, cost_nano_usd
            FROM     usage
            ORDER BY occurred_at_ms, named
            """).Select(row => string.Join(' ', row.Select(column => $"{column.Key}={column.Value}"))),
    ];

    public MachineUnderTest Clear()
    {
        _joins.Clear();
        _database.Execute("""
            DELETE FROM pruned_call; DELETE FROM pruned_rollup; DELETE FROM pruned_tool_rollup; DELETE FROM usage_rollup; DELETE FROM tool_rollup; DELETE FROM rollup_stale;
            UPDATE rollup_state SET last_id = 0;
            """);
        return this;
    }

    public T? Scalar<T>(string sql) => _database.Scalar<T>(sql);

    public void Dispose()
    {
        _joins.Dispose();
        _database.Dispose();
    }
}
