using Microsoft.Data.Sqlite;
using Tracker.Storage.Joining;
using Tracker.Storage.Statistics;
using Tracker.Storage.Usage;

namespace Tracker.Storage.Imports;

/// <summary>
/// Keeps calls that a client's log holds again under other ids (<see cref="UsageKey.OfCopy"/>) from being counted twice, whichever of the two comes first: a copy goes into the
/// row of the call; where nothing is known of the call itself it is stored under one key for all its copies, and the call, should it come later, goes into that row.
/// </summary>
internal sealed class CopiedCalls(SqliteConnection connection, JoinWriter joins, PrunedCalls pruned) : IDisposable
{
    // What the wire saw of a call may have begun a moment before the log says it did, and the row has the earlier of the two.
    private static readonly TimeSpan LongestLag = TimeSpan.FromMinutes(1);

    private readonly Statement _hasCopies = new(connection, """
        SELECT EXISTS (SELECT 1 FROM usage WHERE usage_key > ?1 AND usage_key < ?2) OR EXISTS (SELECT 1 FROM usage_alias WHERE alias_key > ?1 AND alias_key < ?2)
        """);

    private readonly Statement _keyOfRow = new(connection, """
        SELECT usage_key FROM usage WHERE usage_key = ?1
        UNION ALL
        SELECT usage_key FROM usage_alias JOIN usage ON id = usage_id WHERE alias_key = ?1
        """);

    // Which of its counts went to the cache for how long, and how the models are called, the wire may know better than the log.
    private readonly Statement _findCall = new(connection, """
        SELECT usage_key, occurred_at_ms = ?2
        FROM   usage
        WHERE  occurred_at_ms BETWEEN ?2 - ?3 AND ?2 AND client = ?1 AND (evidence = 3 OR (evidence = 2 AND occurred_at_ms = ?2))
               AND input_tokens IS ?4 AND output_tokens IS ?5 AND coalesce(cache_read_tokens, 0) = ?6
               AND coalesce(cache_creation_5m_tokens, 0) + coalesce(cache_creation_1h_tokens, 0) = ?7
        ORDER  BY occurred_at_ms DESC, usage_key
        """);

    // The same the other way round. A copy whose row has other names is of a call that is known by them.
    private readonly Statement _findCopy = new(connection, """
        SELECT copy.usage_key
        FROM   usage AS call, usage AS copy
        WHERE  call.usage_key = ?1 AND call.evidence = 3
               AND copy.occurred_at_ms BETWEEN call.occurred_at_ms AND call.occurred_at_ms + ?2 AND copy.client = call.client AND copy.evidence = 2
               AND copy.input_tokens IS call.input_tokens AND copy.output_tokens IS call.output_tokens
               AND coalesce(copy.cache_read_tokens, 0) = coalesce(call.cache_read_tokens, 0)
               AND coalesce(copy.cache_creation_5m_tokens, 0) + coalesce(copy.cache_creation_1h_tokens, 0) = coalesce(call.cache_creation_5m_tokens, 0) + coalesce(call.cache_creation_1h_tokens, 0)
               AND +copy.usage_key > ?3 AND +copy.usage_key < ?4
               AND NOT EXISTS (SELECT 1 FROM usage_alias WHERE usage_id = copy.id)
        """);

    private readonly Statement _wasPruned = new(connection, "SELECT coalesce(max(quarter) >= ?1, 0) FROM pruned_rollup");

    // By client; most have no copies, and then no record is looked for.
    private readonly Dictionary<string, bool> _clientsWithCopies = new(StringComparer.Ordinal);

    /// <summary>To be called at the beginning of every transaction.</summary>
    public void Begin() => _clientsWithCopies.Clear();

    /// <summary>To be called before a record is stored.</summary>
    /// <returns>What is to be stored. A copy of a call that is known tells of that call; null: of one that may have been pruned, and nothing is stored.</returns>
    public UsageRecord? Admit(UsageRecord record)
    {
        var isJoined = record.Evidence == (Evidence.Wire | Evidence.Transcript); // By another machine.
        if (record.Client is not { } client || (!isJoined && (record.Evidence != Evidence.Transcript || record.Key.IsOfUpstream)))
        {
            return record;
        }

        if (isJoined || !record.Key.IsOfCopy)
        {
            if (pruned.HasAny || (!isJoined && HasCopies(client)))
            {
                MeetCopies(record, client, isJoined);
            }

            return record;
        }

        if (KeyOfRow(record.Key) is null)
        {
            if (FindCall(record) is not { } call)
            {
                if (WasPruned(record.OccurredAt))
                {
                    return null; // A call that was pruned is in the sums, which name no calls.
                }
            }
            else if (call.IsOfSameTime)
            {
                joins.Adopt(record.Key, call.Key);
            }
            else
            {
                return record with { Key = call.Key }; // Not remembered: another call that soon after it may have had the same counts.
            }
        }

        _clientsWithCopies[client] = true;
        return record;
    }

    /// <summary>Takes over a name that a log has for a call (<see cref="JoinWriter.Adopt"/>). A copy that was stored while nothing was known of the call goes into its row, too.</summary>
    /// <param name="alias">The log's name.</param>
    /// <param name="key">The call's.</param>
    public void Adopt(UsageKey alias, UsageKey key)
    {
        joins.Adopt(alias, key);
        if (HasCopies(alias.Namespace) && FindCopy(alias.Namespace, key) is { } copy)
        {
            joins.Adopt(copy, key);
        }
    }

    public void Dispose()
    {
        _hasCopies.Dispose();
        _findCopy.Dispose();
        _keyOfRow.Dispose();
        _findCall.Dispose();
        _wasPruned.Dispose();
    }

    // A copy that was pruned is in the sums: the call goes the same way.
    private void MeetCopies(UsageRecord record, string client, bool isJoined)
    {
        var copy = UsageKey.OfCopy(record);
        var key = pruned.Contains(copy) ? copy : !isJoined && HasCopies(client) ? KeyOfRow(copy) : null;
        if (key is { } known)
        {
            joins.Adopt(record.Key, known);
        }
    }

    private bool HasCopies(string client)
    {
        if (!_clientsWithCopies.TryGetValue(client, out var has))
        {
            var (from, to) = UsageKey.RangeOfCopies(client);
            _hasCopies.Bind(1, from);
            _hasCopies.Bind(2, to);
            _clientsWithCopies[client] = has = ReadNumber(_hasCopies) == 1;
        }

        return has;
    }

    private UsageKey? KeyOfRow(UsageKey key)
    {
        _keyOfRow.Bind(1, key.Value);
        return ReadKey(_keyOfRow);
    }

    private (UsageKey Key, bool IsOfSameTime)? FindCall(UsageRecord copy)
    {
        _findCall.Bind(1, copy.Client);
        _findCall.Bind(2, copy.OccurredAt.ToUnixTimeMilliseconds());
        _findCall.Bind(3, (long)LongestLag.TotalMilliseconds);
        _findCall.Bind(4, copy.InputTokens);
        _findCall.Bind(5, copy.OutputTokens);
        _findCall.Bind(6, copy.CacheReadTokens ?? 0);
        _findCall.Bind(7, (copy.CacheCreation5mTokens ?? 0) + (copy.CacheCreation1hTokens ?? 0));
        try
        {
            return _findCall.Step() ? (UsageKey.FromStored(_findCall.Text(0)!), _findCall.Number(1) == 1) : null;
        }
        finally
        {
            _findCall.Reset();
        }
    }

    private UsageKey? FindCopy(string client, UsageKey call)
    {
        var (from, to) = UsageKey.RangeOfCopies(client);
        _findCopy.Bind(1, call.Value);
        _findCopy.Bind(2, (long)LongestLag.TotalMilliseconds);
        _findCopy.Bind(3, from);
        _findCopy.Bind(4, to);
        return ReadKey(_findCopy);
    }

    private bool WasPruned(DateTimeOffset occurredAt)
    {
        _wasPruned.Bind(1, occurredAt.ToUnixTimeMilliseconds() / Quarters.Ms);
        return ReadNumber(_wasPruned) == 1;
    }

    private static UsageKey? ReadKey(Statement statement)
    {
        try
        {
            return statement.Step() ? UsageKey.FromStored(statement.Text(0)!) : null;
        }
        finally
        {
            statement.Reset();
        }
    }

    private static long? ReadNumber(Statement statement)
    {
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
