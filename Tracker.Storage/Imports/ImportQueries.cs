using System.Globalization;
using Microsoft.Data.Sqlite;
using Tracker.Storage.Statistics;
using Tracker.Storage.Usage;

namespace Tracker.Storage.Imports;

/// <summary>The statements on <c>import_cursor</c> and on the import's entry in <c>setting</c>.</summary>
internal static class ImportQueries
{
    public const string SaveCursorSql = """
        INSERT OR REPLACE INTO import_cursor (source, path, modified_at_ticks, length, offset, line_count, fingerprint,
                                              head_length, tail_length, record_count, malformed_count, trouble, first_malformed, state, drift, imported_at_ms, held_length, reader_version)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)
        """;

    // What the wire saw the end of has a quality of its own, and other counts are another line's or log's.
    public const string WithdrawSql = """
        UPDATE usage
        SET    quality = ?2, outcome = CASE WHEN evidence & 1 AND outcome = 'error' THEN outcome ELSE ?3 END
        WHERE  usage_key = ?1 AND quality = ?4 AND input_tokens IS ?5 AND output_tokens IS ?6 AND cache_read_tokens IS ?7
               AND cache_creation_5m_tokens IS ?8 AND cache_creation_1h_tokens IS ?9
        """;

    private const string LastImport = "last_import_at_ms";

    public static IEnumerable<ImportCursor> ReadCursors(SqliteConnection connection, string source)
    {
        using var select = new Statement(connection, """
            SELECT path, modified_at_ticks, length, offset, line_count, fingerprint, head_length, tail_length, record_count, malformed_count, trouble, first_malformed, state, drift, imported_at_ms, held_length, reader_version
            FROM   import_cursor
            WHERE  source = ?1
            """);
        select.Bind(1, source);
        while (select.Step())
        {
            yield return new ImportCursor
            {
                Source = source,
                Path = select.Text(0)!,
                ModifiedAtTicks = select.Number(1)!.Value,
                Length = select.Number(2)!.Value,
                Offset = select.Number(3)!.Value,
                LineCount = select.Number(4)!.Value,
                Fingerprint = select.Number(5)!.Value,
                HeadLength = (int)select.Number(6)!.Value,
                TailLength = (int)select.Number(7)!.Value,
                RecordCount = select.Number(8)!.Value,
                MalformedCount = select.Number(9)!.Value,
                Trouble = select.Text(10),
                FirstMalformed = select.Text(11),
                State = select.Text(12),
                Drift = select.Text(13),
                ImportedAt = DateTimeOffset.FromUnixTimeMilliseconds(select.Number(14)!.Value),
                HeldLength = select.Number(15)!.Value,
                ReaderVersion = (int)select.Number(16)!.Value,
            };
        }
    }

    public static IEnumerable<ImportedSource> ReadSources(SqliteConnection connection)
    {
        const string sql = """
            SELECT source, count(*), sum(record_count), sum(malformed_count), count(coalesce(trouble, first_malformed)), max(imported_at_ms)
            FROM   import_cursor
            GROUP  BY source
            ORDER  BY source
            """;
        return Statement.Read(connection, sql, row => new ImportedSource
        {
            Source = row.Text(0)!,
            Files = row.Integer(1),
            Records = row.Integer(2),
            MalformedLines = row.Integer(3),
            FilesInTrouble = row.Integer(4),
            LastRead = DateTimeOffset.FromUnixTimeMilliseconds(row.Integer(5)),
        });
    }

    public static IEnumerable<LoggedClient> ReadClients(SqliteConnection connection)
    {
        // As a report reads (UsageFacts), but for what is left of pruned calls; unfinished calls are few, and have an index.
        var sql = $"""
            WITH unfinished AS (
                SELECT client, count(*) AS calls
                FROM   usage INDEXED BY usage_failed
                WHERE  outcome <> 'completed' AND outcome = 'incomplete' AND agent_id IS NOT NULL AND evidence = 2 AND quality = 1
                GROUP  BY client
            )
            SELECT client, sum(calls), max(last_at_ms), coalesce((SELECT unfinished.calls FROM unfinished WHERE unfinished.client = facts.client), 0)
            FROM (
                SELECT client, calls, last_at_ms
                FROM   usage_rollup
                WHERE  evidence & 2 AND client <> '' AND quarter NOT IN (SELECT quarter FROM rollup_stale)
                UNION ALL
                SELECT client, 1, occurred_at_ms
                FROM   usage
                WHERE  id > (SELECT last_id FROM rollup_state) AND evidence & 2 AND client IS NOT NULL AND {Quarters.OfCall} NOT IN (SELECT quarter FROM rollup_stale)
                UNION ALL
                SELECT client, 1, occurred_at_ms
                FROM   rollup_stale CROSS JOIN usage INDEXED BY usage_occurred_at
                WHERE  {Quarters.IsOf("rollup_stale.quarter")} AND evidence & 2 AND client IS NOT NULL
            ) AS facts
            GROUP  BY client
            """;
        return Statement.Read(connection, sql, row => new LoggedClient
        {
            Client = row.Text(0)!,
            Calls = row.Integer(1),
            LastCall = DateTimeOffset.FromUnixTimeMilliseconds(row.Integer(2)),
            UnfinishedSubAgentCalls = row.Integer(3),
        });
    }

    /// <param name="save">Made of <see cref="SaveCursorSql"/>.</param>
    /// <param name="cursor">The cursor.</param>
    public static void SaveCursor(Statement save, ImportCursor cursor)
    {
        save.Bind(1, cursor.Source);
        save.Bind(2, cursor.Path);
        save.Bind(3, cursor.ModifiedAtTicks);
        save.Bind(4, cursor.Length);
        save.Bind(5, cursor.Offset);
        save.Bind(6, cursor.LineCount);
        save.Bind(7, cursor.Fingerprint);
        save.Bind(8, cursor.HeadLength);
        save.Bind(9, cursor.TailLength);
        save.Bind(10, cursor.RecordCount);
        save.Bind(11, cursor.MalformedCount);
        save.Bind(12, cursor.Trouble);
        save.Bind(13, cursor.FirstMalformed);
        save.Bind(14, cursor.State);
        save.Bind(15, cursor.Drift);
        save.Bind(16, cursor.ImportedAt.ToUnixTimeMilliseconds());
        save.Bind(17, cursor.HeldLength);
        save.Bind(18, cursor.ReaderVersion);
        save.Run();
    }

    /// <param name="withdraw">Made of <see cref="WithdrawSql"/>.</param>
    /// <param name="record">The record as it should have been stored.</param>
    public static void Withdraw(Statement withdraw, UsageRecord record)
    {
        withdraw.Bind(1, record.Key.Value);
        withdraw.Bind(2, (long)CountQuality.Partial);
        withdraw.Bind(3, Outcomes.ToText(CallOutcome.Incomplete));
        withdraw.Bind(4, (long)CountQuality.Exact);
        withdraw.Bind(5, record.InputTokens);
        withdraw.Bind(6, record.OutputTokens);
        withdraw.Bind(7, record.CacheReadTokens);
        withdraw.Bind(8, record.CacheCreation5mTokens);
        withdraw.Bind(9, record.CacheCreation1hTokens);
        withdraw.Run();
    }

    public static void SetLastImport(SqliteConnection connection, DateTimeOffset endedAt)
    {
        using var set = new Statement(connection, "INSERT OR REPLACE INTO setting (name, value) VALUES (?1, ?2)");
        set.Bind(1, LastImport);
        set.Bind(2, endedAt.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture));
        set.Run();
    }

    public static DateTimeOffset? ReadLastImport(SqliteConnection connection)
    {
        using var select = new Statement(connection, "SELECT value FROM setting WHERE name = ?1");
        select.Bind(1, LastImport);
        return select.Step() && select.Text(0) is { } value ? DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(value, CultureInfo.InvariantCulture)) : null;
    }
}
