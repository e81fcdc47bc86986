using Microsoft.Data.Sqlite;
using Tracker.Storage.Connections;
using Tracker.Storage.Schema;
using Tracker.Storage.Usage;

namespace Tracker.Storage.Joining;

/// <summary>
/// Finds calls that the wire and a client's log tell of in a row each, and makes one of the two: the log's row goes into the wire's by the merge, and
/// its key is remembered as an alias. Works on the connection of an importer, by one thread at a time.
/// </summary>
public sealed class JoinWriter : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly UsageUpsert _upsert;
    private readonly TimeProvider _time;
    private readonly Statement _isAsFound;
    private readonly Statement _addAlias;
    private readonly Statement _delete;
    private readonly Statement _lowerSearchedUpTo;
    private readonly Statement _findRow;
    private readonly Statement _findNamed;
    private readonly Statement _isOfWire;
    private readonly Statement _names;
    private readonly Statement _deleteAliases;
    private readonly Statement _adoptAlias;
    private readonly Statement _moveAliases;

    internal JoinWriter(SqliteConnection connection, UsageUpsert upsert, TimeProvider time)
    {
        (_connection, _upsert, _time) = (connection, upsert, time);
        _isAsFound = new Statement(connection, """
            SELECT 1 FROM usage AS wire, usage AS logged
            WHERE  wire.id = ?1 AND wire.evidence = 1 AND wire.output_tokens = ?3
            AND    logged.id = ?2 AND logged.evidence = 2 AND logged.output_tokens = ?4
            """);
        _addAlias = new Statement(connection, "INSERT INTO usage_alias (alias_key, usage_id) SELECT usage_key, ?2 FROM usage WHERE id = ?1");
        _delete = new Statement(connection, "DELETE FROM usage WHERE id = ?1");
        _lowerSearchedUpTo = new Statement(connection, JoinQueries.LowerSearchedUpTo);
        _findRow = new Statement(connection, "SELECT id FROM usage WHERE usage_key = ?1");
        _findNamed = new Statement(connection, "SELECT usage_id FROM usage_alias WHERE alias_key = ?1");
        _isOfWire = new Statement(connection, "SELECT 1 FROM usage WHERE id = ?1 AND evidence & 1");
        _names = new Statement(connection, "SELECT usage_key FROM usage WHERE id = ?1 UNION ALL SELECT alias_key FROM usage_alias WHERE usage_id = ?1");
        _deleteAliases = new Statement(connection, "DELETE FROM usage_alias WHERE usage_id = ?1");
        _adoptAlias = new Statement(connection, "INSERT INTO usage_alias (alias_key, usage_id) VALUES (?1, ?2) ON CONFLICT DO NOTHING");
        _moveAliases = new Statement(connection, "UPDATE usage_alias SET usage_id = ?2 WHERE usage_id = ?1");
    }

    /// <summary>Looks for what can be joined, among what is new since the last search or recent. Writes nothing.</summary>
    /// <param name="completeUntil">Until when what the logs tell has been imported: what is younger is not decided yet.</param>
    /// <param name="clients">All clients whose logs can be imported: a call that the wire knows to be another's is none of theirs.</param>
    public JoinPlan Search(DateTimeOffset completeUntil, IReadOnlySet<string> clients)
    {
        using var search = new JoinSearch(_connection, clients);
        return search.Search(completeUntil);
    }

    /// <summary>Makes rows one in one immediate transaction, until all are or <paramref name="longest"/> has passed; then <see cref="JoinPlan.IsDone"/>.</summary>
    /// <returns>How many calls have one row now instead of two.</returns>
    /// <exception cref="SqliteException">The database is locked for longer than the busy timeout, or cannot be written. Nothing was changed.</exception>
    /// <exception cref="UnusableDatabaseException">Another, newer program has changed the schema meanwhile.</exception>
    public int Write(JoinPlan plan, TimeSpan longest)
    {
        ArgumentNullException.ThrowIfNull(plan);
        using var transaction = _connection.BeginTransaction();
        Migrations.RequireKnown(_connection, transaction, _connection.DataSource);
        var started = _time.GetTimestamp();
        var (looked, joined) = (0, 0);
        foreach (var pair in plan.Pairs)
        {
            looked++;
            if (Join(pair))
            {
                joined++;
            }

            if (_time.GetElapsedTime(started) >= longest)
            {
                break;
            }
        }

        // The id of a deleted row that was the newest is used again, for a row that nobody has looked at.
        var searchedUpTo = Math.Min(plan.SearchedUpTo, JoinQueries.ReadNewestRow(_connection));
        var isDone = looked == plan.Pairs.Count;
        if (isDone)
        {
            JoinQueries.SetSearchedUpTo(_connection, searchedUpTo);
            if (plan.HoursAhead is { } hours)
            {
                JoinQueries.SetHoursAhead(_connection, hours);
            }
        }

        transaction.Commit();
        plan.OnWritten(looked, searchedUpTo, isDone);
        return joined;
    }

    /// <summary>
    /// Takes over what another database has joined: the name that a log has for a call. A row of that name goes into the call's, if there is one. Where the call was pruned under either
    /// name it is in the sums already, and what is here of it under the other one goes. Within a transaction.
    /// </summary>
    /// <param name="alias">The log's name.</param>
    /// <param name="key">The call's.</param>
    public void Adopt(UsageKey alias, UsageKey key)
    {
        if (_upsert.Pruned.Contains(alias) || _upsert.Pruned.Contains(key))
        {
            Forget(alias);
            Forget(key);
            return;
        }

        if (FindRow(key) is not { } call)
        {
            return;
        }

        if (FindRow(alias) is { } logged)
        {
            Unite(logged, call);
            return;
        }

        _adoptAlias.Bind(1, alias.Value);
        _adoptAlias.Bind(2, call);
        _adoptAlias.Run();
    }

    public void Dispose()
    {
        _findRow.Dispose();
        _findNamed.Dispose();
        _isOfWire.Dispose();
        _names.Dispose();
        _deleteAliases.Dispose();
        _adoptAlias.Dispose();
        _moveAliases.Dispose();
        _isAsFound.Dispose();
        _addAlias.Dispose();
        _delete.Dispose();
        _lowerSearchedUpTo.Dispose();
    }

    // The proxy may have merged into the wire's row since it was found.
    private bool Join(JoinPair pair)
    {
        var (wire, logged) = (pair.Wire, pair.Logged);
        _isAsFound.Bind(1, wire.Id);
        _isAsFound.Bind(2, logged.Id);
        _isAsFound.Bind(3, wire.OutputTokens);
        _isAsFound.Bind(4, logged.OutputTokens);
        var isAsFound = _isAsFound.Step();
        _isAsFound.Reset();
        if (!isAsFound)
        {
            return false;
        }

        MakeOne(logged.Id, wire.Id);
        return true;
    }

    private void MakeOne(long from, long into)
    {
        _upsert.Fold(from, into);
        _moveAliases.Bind(1, from);
        _moveAliases.Bind(2, into);
        _moveAliases.Run();
        _addAlias.Bind(1, from);
        _addAlias.Bind(2, into);
        _addAlias.Run();
        Delete(from);
    }

    // Nothing tells of the call again under any of its names.
    private void Forget(UsageKey key)
    {
        _upsert.Pruned.Add(key);
        if (FindRow(key) is not { } row)
        {
            return;
        }

        _names.Bind(1, row);
        while (_names.Step())
        {
            _upsert.Pruned.Add(UsageKey.FromStored(_names.Text(0)!));
        }

        _names.Reset();
        _deleteAliases.Bind(1, row);
        _deleteAliases.Run();
        Delete(row);
    }

    // The row that the wire has told of keeps its key, by which the wire may tell of it again.
    private void Unite(long logged, long call)
    {
        if (logged == call)
        {
            return;
        }

        if (!IsOfWire(logged))
        {
            MakeOne(logged, call);
        }
        else if (!IsOfWire(call))
        {
            MakeOne(call, logged);
        }
    }

    private bool IsOfWire(long row)
    {
        _isOfWire.Bind(1, row);
        try
        {
            return _isOfWire.Step();
        }
        finally
        {
            _isOfWire.Reset();
        }
    }

    private void Delete(long row)
    {
        _delete.Bind(1, row);
        _delete.Run();
        _lowerSearchedUpTo.Run();
    }

    // By its own key or another name.
    private long? FindRow(UsageKey key) => Find(_findRow, key) ?? Find(_findNamed, key);

    private static long? Find(Statement statement, UsageKey key)
    {
        statement.Bind(1, key.Value);
        try
        {
            return statement.Step() ? statement.Number(0) : null;
        }
        finally
        {
            statement.Reset();
        }
    }
}
