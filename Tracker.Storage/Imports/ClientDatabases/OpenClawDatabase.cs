using Tracker.Storage.Connections;

namespace Tracker.Storage.Imports.ClientDatabases;

/// <summary>Reads the events of OpenClaw's <c>openclaw-agent.sqlite</c> that are new. The format is described in the importer's folder Sources/OpenClaw.</summary>
public static class OpenClawDatabase
{
    // Held in memory at once; an event can be megabytes.
    private const int PageSize = 200;

    /// <param name="path">The database file.</param>
    /// <param name="lastMark">The last reading's <see cref="ClientDatabaseReading.Mark"/>; null to read all. Events are added, moved and deleted, never changed.</param>
    /// <param name="onEvent">Gets each event that is new and may have a model's usage.</param>
    /// <param name="cancellationToken">Ends between two pages.</param>
    /// <exception cref="IOException">It cannot be read now; the message says why.</exception>
    /// <exception cref="FormatException">It is not OpenClaw's database, or damaged.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not read it.</exception>
    public static ClientDatabaseReading Read(string path, string? lastMark, Action<OpenClawEvent> onEvent, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(onEvent);
        using var database = ClientDatabase.Open(path);
        var known = ReadingMark.TryParse(lastMark, out var mark) && ReadMark(database, 0, mark.UpTo) == mark;
        var lastRow = known ? mark.UpTo : 0;
        // Taken first: what is written while the pages are read is found the next time.
        var further = ReadMark(database, lastRow, database.Query("SELECT coalesce(max(rowid), 0) FROM transcript_events", row => row.Integer(0))[0]);
        var next = known ? mark.FollowedBy(further) : further;
        var sql = PageQuery(database);
        while (ReadPage(database, sql, lastRow) is { Count: > 0 } page)
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var (row, entry) in page)
            {
                lastRow = row;
                if (row <= next.UpTo)
                {
                    onEvent(entry);
                }
            }
        }

        return new ClientDatabaseReading(next.ToString(), IsWhole: !known);
    }

    private static IReadOnlyList<(long Row, OpenClawEvent Entry)> ReadPage(ClientDatabase database, string sql, long lastRow) => database.Query(
        sql,
        row => (row.Integer(0), new OpenClawEvent
        {
            SessionId = row.Text(1) ?? "",
            Data = row.Utf8(2).ToArray(),
            UncompressedLength = row.Number(3),
            Head = row.Text(4),
            IsSubAgents = row.Text(5) is not null,
            ParentSessionId = row.Text(6),
        }),
        statement => statement.Bind(1, lastRow));

    private static string PageQuery(ClientDatabase database)
    {
        // What other versions may not have.
        var isCompressing = HasColumn(database, "transcript_events", "event_zstd");
        var (spawnedBy, parent) = HasColumn(database, "session_windows", "spawned_by")
            ? ("(SELECT spawned_by FROM session_windows WHERE session_id = event.session_id)",
                "(SELECT parent.session_id FROM session_windows own JOIN session_windows parent ON parent.session_key = own.spawned_by WHERE own.session_id = event.session_id ORDER BY parent.created_at DESC LIMIT 1)")
            : ("NULL", "NULL");
        var (data, length, maybe) = isCompressing ? ("coalesce(event.event_json, event.event_zstd)", "iif(event.event_json IS NULL, event.event_utf8_bytes, NULL)", "event.event_json IS NULL OR ") : ("event.event_json", "NULL", "");
        return $"""
            SELECT   event.rowid, event.session_id, {data}, {length}, head.event_json, {spawnedBy}, {parent}
            FROM     transcript_events event LEFT JOIN transcript_events head ON head.session_id = event.session_id AND head.seq = 0
            WHERE    event.rowid > ?1 AND ({maybe}instr(event.event_json, '"usage"') > 0)
            ORDER BY event.rowid
            LIMIT    {PageSize}
            """;
    }

    private static bool HasColumn(ClientDatabase database, string table, string column) =>
        database.Query("SELECT name FROM pragma_table_info(?1)", row => row.Text(0), statement => statement.Bind(1, table)).Contains(column);

    private static ReadingMark ReadMark(ClientDatabase database, long firstRow, long lastRow)
    {
        // A new session gets the places of one that was deleted, and begins at 0 as that did: the time tells the two apart.
        var time = HasColumn(database, "transcript_events", "created_at") ? "CAST(created_at AS INTEGER)" : "0";
        var sql = $"""
            SELECT count(*), coalesce(sum((rowid * 31 + seq + {time}) % 1000000007), 0)
            FROM   transcript_events
            WHERE  rowid > ?1 AND rowid <= ?2
            """;
        return database.Query(
            sql,
            row => new ReadingMark(lastRow, row.Integer(0), row.Integer(1)),
            statement =>
            {
                statement.Bind(1, firstRow);
                statement.Bind(2, lastRow);
            })[0];
    }
}
