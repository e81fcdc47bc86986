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
    private const int CallsAtOnce = 250;

    // So many calls are read by a report in some ten milliseconds, and so many quarters have about as many.
    private const int ManyCalls = 50_000;
    private const int ManyQuarters = 1000;

    private readonly SqliteConnection _connection;
    private readonly TimeProvider _time;
    private readonly List<Statement> _makeAgain = [];
    private readonly List<Statement> _addNew = [];

    /// <inheritdoc cref="TrackerConnectionFactory.Open()" path="/exception"/>
    /// <param name="connections">Opens a connection of its own.</param>
    /// <param name="prices">What caching saved is at these.</param>
    /// <param name="time">How long a piece takes is measured by it.</param>
    /// <param name="isBesideWriter">See <see cref="TrackerConnectionFactory.OpenBesideWriter()"/>.</param>
    public UsageRollup(TrackerConnectionFactory connections, PriceBooks prices, TimeProvider time, bool isBesideWriter = false)
    {
        ArgumentNullException.ThrowIfNull(connections);
        ArgumentNullException.ThrowIfNull(prices);
        _time = time;
        _connection = isBesideWriter ? connections.OpenBesideWriter() : connections.Open();
        CacheSavingFunction.Register(_connection, prices.Current);
    }

    /// <summary>Calls that are not in the sums yet, those of stale quarters not counted.</summary>
    public long Pending => Statement.ReadNumber(_connection, "SELECT coalesce((SELECT max(id) FROM usage), 0) - (SELECT last_id FROM rollup_state)") ?? 0;

    /// <summary>Quarters of an hour whose sums are to be made again.</summary>
    public long Stale => Statement.ReadNumber(_connection, "SELECT count(*) FROM rollup_stale") ?? 0;

    /// <summary>So much is left that it makes every report slow, as after a change of prices or an upgrade.</summary>
    public bool IsFarFromDone => IsFarFromDoneIn(_connection);

    /// <summary>
    /// Does a piece of the work in one immediate transaction: stale quarters, the latest ones first because they are asked for most, then new calls. A quarter costs less than its transaction, so there
    /// are as many as the time allows, and one at least.
    /// </summary>
    /// <param name="longest">About how long the transaction may take.</param>
    /// <returns><see langword="false"/> when there was nothing to do.</returns>
    /// <exception cref="SqliteException">The database is locked for longer than the busy timeout, or cannot be written. Nothing was changed.</exception>
    /// <exception cref="UnusableDatabaseException">Another, newer program has changed the schema meanwhile.</exception>
    public bool Advance(TimeSpan longest)
    {
        var started = _time.GetTimestamp();
        using var transaction = _connection.BeginTransaction();
        Migrations.RequireKnown(_connection, transaction, _connection.DataSource);
        var worked = false;
        while (MakeAgainOne() || AddNew())
        {
            worked = true;
            if (_time.GetElapsedTime(started) >= longest)
            {
                break;
            }
        }

        transaction.Commit();
        return worked;
    }

    internal static bool IsFarFromDoneIn(SqliteConnection connection) => Statement.ReadNumber(connection, $"""
        SELECT (SELECT max(id) FROM usage) >= (SELECT last_id FROM rollup_state) + {ManyCalls} OR (SELECT count(*) FROM rollup_stale) >= {ManyQuarters}
        """) == 1;

    public void Dispose()
    {
        foreach (var statement in _makeAgain.Concat(_addNew))
        {
            statement.Dispose();
        }

        _connection.Dispose();
    }

    private bool MakeAgainOne()
    {
        if (Statement.ReadNumber(_connection, "SELECT quarter FROM rollup_stale ORDER BY quarter DESC LIMIT 1") is not { } quarter)
        {
            return false;
        }

        if (_makeAgain.Count == 0)
        {
            var range = Quarters.IsOf("?1") + " AND id <= (SELECT last_id FROM rollup_state)";
            Prepare(
                _makeAgain, "DELETE FROM usage_rollup WHERE quarter = ?1", "DELETE FROM tool_rollup WHERE quarter = ?1", RollupSql.AddUsage("usage_rollup", range),
                RollupSql.AddTools("tool_rollup", range), "DELETE FROM rollup_stale WHERE quarter = ?1");
        }

        foreach (var statement in _makeAgain)
        {
            statement.Bind(1, quarter);
            statement.Run();
        }

        return true;
    }

    private bool AddNew()
    {
        var last = Statement.ReadNumber(_connection, "SELECT last_id FROM rollup_state") ?? 0;
        // Ids have gaps where calls were removed.
        if (Statement.ReadNumber(_connection, $"SELECT max(id) FROM (SELECT id FROM usage WHERE id > ?1 ORDER BY id LIMIT {CallsAtOnce})", statement => statement.Bind(1, last)) is not { } to)
        {
            return false;
        }

        if (_addNew.Count == 0)
        {
            const string range = "id > ?1 AND id <= ?2";
            Prepare(_addNew, RollupSql.AddUsage("usage_rollup", range), RollupSql.AddTools("tool_rollup", range), "UPDATE rollup_state SET last_id = ?2");
        }

        foreach (var statement in _addNew)
        {
            statement.Bind(1, last);
            statement.Bind(2, to);
            statement.Run();
        }

        return true;
    }

    private void Prepare(List<Statement> statements, params ReadOnlySpan<string> sql)
    {
        foreach (var each in sql)
        {
            statements.Add(new Statement(_connection, each));
        }
    }
}
