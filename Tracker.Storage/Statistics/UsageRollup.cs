using Dapper;
using Microsoft.Data.Sqlite;
using Tracker.Storage.Connections;
using Tracker.Storage.Pricing;

namespace Tracker.Storage.Statistics;

/// <summary>
/// Brings the roll-ups up to date, in short transactions. Reports are right without it, only slower: they read what is not in the sums from the
/// calls themselves (docs/adr/0016-roll-ups.md). Used by one thread at a time.
/// </summary>
public sealed class UsageRollup : IDisposable
{
    private const int CallsAtOnce = 1000;

    private readonly SqliteConnection _connection;

    /// <inheritdoc cref="TrackerConnectionFactory.Open()" path="/exception"/>
    public UsageRollup(TrackerConnectionFactory connections, PriceBooks prices)
    {
        ArgumentNullException.ThrowIfNull(connections);
        ArgumentNullException.ThrowIfNull(prices);
        _connection = connections.Open();
        CacheSavingFunction.Register(_connection, prices.Current);
    }

    /// <summary>Calls that are not in the sums yet, those of stale quarters not counted.</summary>
    public long Pending => _connection.ExecuteScalar<long>("SELECT coalesce((SELECT max(id) FROM usage), 0) - (SELECT last_id FROM rollup_state)");

    /// <summary>Does one piece of the work: some of the new calls, or one stale quarter. Holds the write lock for some milliseconds.</summary>
    /// <returns><see langword="false"/> when there was nothing to do.</returns>
    /// <exception cref="SqliteException">The database is locked for longer than the busy timeout, or cannot be written. Nothing was changed.</exception>
    public bool Advance()
    {
        using var transaction = _connection.BeginTransaction();
        var worked = MakeAgainOne(transaction) || AddNew(transaction);
        transaction.Commit();
        return worked;
    }

    public void Dispose() => _connection.Dispose();

    private bool MakeAgainOne(SqliteTransaction transaction)
    {
        if (_connection.ExecuteScalar<long?>("SELECT quarter FROM rollup_stale ORDER BY quarter DESC LIMIT 1", transaction: transaction) is not { } quarter)
        {
            return false;
        }

        const string range = "occurred_at_ms >= @quarter * 900000 AND occurred_at_ms < (@quarter + 1) * 900000 AND id <= (SELECT last_id FROM rollup_state)";
        _connection.Execute($"""
            DELETE FROM usage_rollup WHERE quarter = @quarter;
            DELETE FROM tool_rollup WHERE quarter = @quarter;
            {RollupSql.AddUsage("usage_rollup", range)};
            {RollupSql.AddTools("tool_rollup", range)};
            DELETE FROM rollup_stale WHERE quarter = @quarter;
            """, new { quarter }, transaction);
        return true;
    }

    private bool AddNew(SqliteTransaction transaction)
    {
        var last = _connection.ExecuteScalar<long>("SELECT last_id FROM rollup_state", transaction: transaction);
        // Ids have gaps where calls were removed.
        var to = _connection.ExecuteScalar<long?>(
            "SELECT max(id) FROM (SELECT id FROM usage WHERE id > @last ORDER BY id LIMIT @CallsAtOnce)", new { last, CallsAtOnce }, transaction);
        if (to is null)
        {
            return false;
        }

        const string range = "id > @last AND id <= @to";
        _connection.Execute($"""
            {RollupSql.AddUsage("usage_rollup", range)};
            {RollupSql.AddTools("tool_rollup", range)};
            UPDATE rollup_state SET last_id = @to;
            """, new { last, to }, transaction);
        return true;
    }
}
