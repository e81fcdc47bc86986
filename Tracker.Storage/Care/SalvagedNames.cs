using Microsoft.Data.Sqlite;
using Tracker.Storage.Usage;

namespace Tracker.Storage.Care;

/// <summary>
/// Reads what can be read of the names that logs have for the calls of a damaged database. They are there twice, in the table and in an index that holds all of it, so what one of them
/// has lost the other may tell. A call that a join made one of two and that has lost its name would be counted again beside its log's row, for good: such a call is the wire's alone again.
/// </summary>
internal sealed class SalvagedNames
{
    private const long LongestGap = 1 << 20;

    private readonly SqliteConnection _damaged;
    private readonly long _lastId;
    private readonly bool _areThere;
    private readonly bool _isTableWhole = true;
    private readonly List<(long After, long Before)> _holes = [];
    private readonly HashSet<long> _namedInHoles = [];

    public SalvagedNames(SqliteConnection damaged)
    {
        _damaged = damaged;
        _lastId = DatabaseSalvage.ReadLastId(damaged);
        _areThere = AreThere();
        _ = FromIndex(_holes).Count();
        if (_holes.Count > 0)
        {
            _isTableWhole = ReadTable((_, call) =>
            {
                if (IsInHole(call))
                {
                    _namedInHoles.Add(call);
                }
            });
        }
    }

    /// <summary>Calls that were made the wire's alone.</summary>
    public long CallsToJoinAgain { get; private set; }

    /// <summary>The call as it is to be stored.</summary>
    /// <param name="id">Its row in the damaged database.</param>
    /// <param name="call">What that row says. All that a log has told of it stays: the log's row is found by it, and says the same.</param>
    public UsageRecord Settle(long id, UsageRecord call)
    {
        if (_isTableWhole || !IsOfJoin(call) || !IsInHole(id) || _namedInHoles.Contains(id))
        {
            return call;
        }

        CallsToJoinAgain++;
        return call with { Evidence = Evidence.Wire };
    }

    /// <summary>Stores the names of the calls that are in the new database, within a transaction of its.</summary>
    /// <exception cref="SqliteException">The new one cannot be written.</exception>
    public void CopyTo(SqliteConnection target)
    {
        if (!_areThere)
        {
            return;
        }

        // Without the index of the keys, which may tell of rows that are not there.
        using var findKey = new Statement(_damaged, "SELECT usage_key FROM usage NOT INDEXED WHERE id = ?1");
        using var add = new Statement(target, "INSERT OR IGNORE INTO usage_alias SELECT ?1, id FROM usage WHERE usage_key = ?2");
        foreach (var (alias, call) in FromIndex([]))
        {
            Copy(alias, call);
        }

        if (_holes.Count > 0)
        {
            ReadTable(Copy);
        }

        void Copy(string alias, long call)
        {
            if (DatabaseSalvage.IsPlausible(UsageKey.FromStored(alias)) && FindKey(findKey, call) is { } key)
            {
                add.Bind(1, alias);
                add.Bind(2, key);
                add.Run();
            }
        }
    }

    private bool AreThere()
    {
        try
        {
            return Statement.ReadNumber(_damaged, "SELECT count(*) FROM sqlite_schema WHERE name IN ('usage_alias', 'usage_alias_usage')") == 2; // Else of an older version.
        }
        catch (SqliteException)
        {
            return false; // Then no call can be read either.
        }
    }

    // Claude Code's logs name the upstream's response wherever it has an id, so no join was needed. It deletes them after a month: nobody would say again that they told of the call.
    private static bool IsOfJoin(UsageRecord call) =>
        call.Evidence == (Evidence.Wire | Evidence.Transcript) && !(call.Key.IsOfUpstream && call.Client?.StartsWith("claude-", StringComparison.Ordinal) == true);

    // A large database may have thousands, which are in the order of the calls.
    private bool IsInHole(long id)
    {
        var next = ~_holes.BinarySearch((id, long.MinValue));
        return next > 0 && id < _holes[next - 1].Before;
    }

    // In the order of the calls. After a page that cannot be read the next is looked for in steps that grow.
    private IEnumerable<(string Alias, long Call)> FromIndex(List<(long After, long Before)> holes)
    {
        if (!_areThere)
        {
            yield break;
        }

        using var names = new Statement(_damaged, "SELECT alias_key, usage_id FROM usage_alias INDEXED BY usage_alias_usage WHERE usage_id >= ?1 ORDER BY usage_id");
        var (good, gap) = (-1L, 1L);
        for (var from = 0L; from <= _lastId; from = Math.Max(from, good) + gap, gap = Math.Min(gap * 2, LongestGap))
        {
            names.Bind(1, from);
            bool? isRow;
            while ((isRow = TryStep(names)) == true)
            {
                if (names.Integer(1) is var call && (call < good || call > _lastId))
                {
                    continue; // Of no row.
                }

                if (gap > 1)
                {
                    holes.Add((good, call));
                }

                (good, gap) = (call, 1);
                yield return (names.Text(0) ?? "", call);
            }

            names.Reset();
            if (isRow == false)
            {
                if (gap == 1)
                {
                    yield break;
                }

                break;
            }
        }

        holes.Add((good, long.MaxValue)); // Its end cannot be read.
    }

    /// <returns>Whether all of it could be read.</returns>
    private bool ReadTable(Action<string, long> onName)
    {
        // From both ends: what is lost lies between.
        if (Read("SELECT alias_key, usage_id FROM usage_alias NOT INDEXED ORDER BY alias_key"))
        {
            return true;
        }

        Read("SELECT alias_key, usage_id FROM usage_alias NOT INDEXED ORDER BY alias_key DESC");
        return false;

        bool Read(string sql)
        {
            using var names = new Statement(_damaged, sql);
            bool? isRow;
            while ((isRow = TryStep(names)) == true)
            {
                onName(names.Text(0) ?? "", names.Integer(1));
            }

            names.Reset();
            return isRow == false;
        }
    }

    /// <returns>Whether there is a row; null: it cannot be read.</returns>
    private static bool? TryStep(Statement statement)
    {
        try
        {
            return statement.Step();
        }
        catch (SqliteException)
        {
            return null;
        }
    }

    private static string? FindKey(Statement find, long call)
    {
        find.Bind(1, call);
        try
        {
            return find.Step() ? find.Text(0) : null;
        }
        catch (SqliteException)
        {
            return null; // A call that was not salvaged.
        }
        finally
        {
            find.Reset();
        }
    }
}
