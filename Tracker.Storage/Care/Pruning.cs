using Microsoft.Data.Sqlite;
using Tracker.Storage.Connections;
using Tracker.Storage.Pricing;
using Tracker.Storage.Schema;
using Tracker.Storage.Statistics;
using Tracker.Storage.Usage;

namespace Tracker.Storage.Care;

/// <summary>
/// Removes calls of before a moment, piece by piece, and keeps their sums and the hashes of their keys: reports stay as they are, and a log that is read again brings none
/// back (docs/adr/0019-care-of-the-data.md). Used by one thread at a time.
/// </summary>
public sealed class Pruning : IDisposable
{
    private const int CallsAtOnce = 100;

    // The newest row stays, so that its id is never given to another call: others remember how far they have come by ids.
    private const string IsOld = "occurred_at_ms < ?1 AND id < (SELECT max(id) FROM usage)";

    private readonly SqliteConnection _connection;
    private readonly TimeProvider _time;
    private readonly long _beforeMs;

    /// <inheritdoc cref="TrackerConnectionFactory.Open()" path="/exception"/>
    public Pruning(TrackerConnectionFactory connections, PriceBooks prices, TimeProvider time, DateTimeOffset before)
    {
        ArgumentNullException.ThrowIfNull(connections);
        ArgumentNullException.ThrowIfNull(prices);
        (_time, _beforeMs) = (time, before.ToUnixTimeMilliseconds());
        _connection = connections.Open();
        CacheSavingFunction.Register(_connection, prices.Current);
    }

    /// <summary>Calls that were removed.</summary>
    public long Calls { get; private set; }

    /// <summary>What there is to remove.</summary>
    /// <exception cref="SqliteException">The database cannot be read.</exception>
    public PrunableCalls Measure() => Statement.Read(
        _connection,
        $"SELECT count(*), min(occurred_at_ms), max(occurred_at_ms), {UsageSums.KnownCostOfCalls} FROM usage WHERE {IsOld}",
        row => new PrunableCalls { Calls = row.Integer(0), FirstAt = Time(row.Number(1)), LastAt = Time(row.Number(2)), CostNanoUsd = row.Number(3) },
        BindBefore).Single();

    /// <summary>Does a piece in one immediate transaction.</summary>
    /// <param name="longest">About how long it may take.</param>
    /// <returns>Whether there is more to do.</returns>
    /// <exception cref="SqliteException">The database is locked for longer than the busy timeout, or cannot be written. Nothing of the piece was done.</exception>
    public bool Next(TimeSpan longest)
    {
        var started = _time.GetTimestamp();
        using var transaction = _connection.BeginTransaction();
        Migrations.RequireKnown(_connection, transaction, _connection.DataSource);
        var (removed, hasMore) = (0, true);
        do
        {
            var calls = Remove();
            removed += calls;
            hasMore = calls == CallsAtOnce;
        }
        while (hasMore && _time.GetElapsedTime(started) < longest);

        if (!hasMore)
        {
            // Nothing sums these; they are of interest for some days.
            Statement.Run(_connection, "DELETE FROM limit_sample WHERE observed_at_ms < ?1", BindBefore);
        }

        transaction.Commit();
        Calls += removed;
        WalCheckpoint.TruncateIfLarge(_connection);
        return hasMore;
    }

    public void Dispose() => _connection.Dispose();

    private int Remove()
    {
        var calls = Statement.Read(
            _connection, $"SELECT id, usage_key FROM usage WHERE {IsOld} ORDER BY occurred_at_ms, id LIMIT {CallsAtOnce}", row => (Id: row.Integer(0), Key: row.Text(1)!), BindBefore);
        if (calls.Count == 0)
        {
            return 0;
        }

        var ids = $"[{string.Join(',', calls.Select(call => call.Id))}]";
        const string areTheirs = "IN (SELECT value FROM json_each(?1))";
        var keys = calls.Select(call => call.Key).Concat(Statement.Read(_connection, $"SELECT alias_key FROM usage_alias WHERE usage_id {areTheirs}", row => row.Text(0)!, BindIds));
        using (var pruned = new PrunedCalls(_connection))
        {
            foreach (var key in keys)
            {
                pruned.Add(UsageKey.FromStored(key));
            }
        }

        // The sums of what is left are made again by whoever makes sums: a trigger notes the quarters.
        Statement.Run(_connection, RollupSql.AddUsage("pruned_rollup", $"id {areTheirs}"), BindIds);
        Statement.Run(_connection, RollupSql.AddTools("pruned_tool_rollup", $"id {areTheirs}"), BindIds);
        Statement.Run(_connection, $"DELETE FROM usage_alias WHERE usage_id {areTheirs}", BindIds);
        Statement.Run(_connection, $"DELETE FROM usage WHERE id {areTheirs}", BindIds);
        return calls.Count;

        void BindIds(Statement statement) => statement.Bind(1, ids);
    }

    private void BindBefore(Statement statement) => statement.Bind(1, _beforeMs);

    private static DateTimeOffset? Time(long? ms) => ms is { } known ? DateTimeOffset.FromUnixTimeMilliseconds(known) : null;
}
