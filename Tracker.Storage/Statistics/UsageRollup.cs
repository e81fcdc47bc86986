using Microsoft.Data.Sqlite;
using Tracker.Storage.Connections;
using Tracker.Storage.Pricing;
using Tracker.Storage.Schema;
using Tracker.Storage.Usage;

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
    /// <param name="connections">Opens a connection of its own.</param>
    /// <param name="prices">What caching saved is at these.</param>
    /// <param name="isBesideWriter">See <see cref="TrackerConnectionFactory.OpenBesideWriter()"/>.</param>
    public UsageRollup(TrackerConnectionFactory connections, PriceBooks prices, bool isBesideWriter = false)
    {
        ArgumentNullException.ThrowIfNull(connections);
        ArgumentNullException.ThrowIfNull(prices);
        _connection = isBesideWriter ? connections.OpenBesideWriter() : connections.Open();
        CacheSavingFunction.Register(_connection, prices.Current);
    }

    /// <summary>Calls that are not in the sums yet, those of stale quarters not counted.</summary>
    public long Pending => Statement.ReadNumber(_connection, "SELECT coalesce((SELECT max(id) FROM usage), 0) - (SELECT last_id FROM rollup_state)") ?? 0;

    /// <summary>Does one piece of the work: some of the new calls, or one stale quarter. Holds the write lock for some milliseconds.</summary>
    /// <returns><see langword="false"/> when there was nothing to do.</returns>
    /// <exception cref="SqliteException">The database is locked for longer than the busy timeout, or cannot be written. Nothing was changed.</exception>
    /// <exception cref="UnusableDatabaseException">Another, newer program has changed the schema meanwhile.</exception>
    public bool Advance()
    {
        using var transaction = _connection.BeginTransaction();
        Migrations.RequireKnown(_connection, transaction, _connection.DataSource);
        var worked = MakeAgainOne() || AddNew();
        transaction.Commit();
        return worked;
    }

    public void Dispose() => _connection.Dispose();

    private bool MakeAgainOne()
    {
        if (Statement.ReadNumber(_connection, "SELECT quarter FROM rollup_stale ORDER BY quarter DESC LIMIT 1") is not { } quarter)
        {
            return false;
        }

        var range = Quarters.IsOf("?1") + " AND id <= (SELECT last_id FROM rollup_state)";
        Run("DELETE FROM usage_rollup WHERE quarter = ?1");
        Run("DELETE FROM tool_rollup WHERE quarter = ?1");
        Run(RollupSql.AddUsage("usage_rollup", range));
        Run(RollupSql.AddTools("tool_rollup", range));
        Run("DELETE FROM rollup_stale WHERE quarter = ?1");
        return true;

        void Run(string sql) => Statement.Run(_connection, sql, statement => statement.Bind(1, quarter));
    }

    private bool AddNew()
    {
        var last = Statement.ReadNumber(_connection, "SELECT last_id FROM rollup_state") ?? 0;
        // Ids have gaps where calls were removed.
        if (Statement.ReadNumber(_connection, $"SELECT max(id) FROM (SELECT id FROM usage WHERE id > ?1 ORDER BY id LIMIT {CallsAtOnce})", statement => statement.Bind(1, last)) is not { } to)
        {
            return false;
        }

        const string range = "id > ?1 AND id <= ?2";
        Run(RollupSql.AddUsage("usage_rollup", range));
        Run(RollupSql.AddTools("tool_rollup", range));
        Run("UPDATE rollup_state SET last_id = ?2");
        return true;

        void Run(string sql) => Statement.Run(_connection, sql, statement =>
        {
            statement.Bind(1, last);
            statement.Bind(2, to);
        });
    }
}
