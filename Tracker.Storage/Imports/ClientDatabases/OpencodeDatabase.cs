using Tracker.Storage.Connections;
using Tracker.Storage.Usage;

namespace Tracker.Storage.Imports.ClientDatabases;

/// <summary>Reads the messages of opencode's <c>opencode.db</c> that are new or changed. The format is described in the importer's folder Sources/Opencode.</summary>
public static class OpencodeDatabase
{
    // Held in memory at once.
    private const int PageSize = 1000;

    // A message is changed for as long as its tools run. What is younger than this, compared with the youngest of all, is read again and merged.
    private static readonly TimeSpan StillChanging = TimeSpan.FromMinutes(10);

    /// <param name="path">The database file.</param>
    /// <param name="lastMark">The last reading's <see cref="ClientDatabaseReading.Mark"/>; null to read all.</param>
    /// <param name="onMessage">Gets each assistant's message that is new or changed since, and some again.</param>
    /// <param name="cancellationToken">Ends between two pages.</param>
    /// <exception cref="IOException">It cannot be read now; the message says why.</exception>
    /// <exception cref="FormatException">It is not opencode's database, or damaged.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not read it.</exception>
    public static ClientDatabaseReading Read(string path, string? lastMark, Action<OpencodeMessage> onMessage, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(onMessage);
        using var database = ClientDatabase.Open(path);
        // No index has the times, so this reads all of the table; what follows begins with the first row that is not known.
        var hasMark = ReadingMark.TryParse(lastMark, out var mark);
        var overview = LookOver(database, hasMark ? mark.UpTo : long.MinValue);
        var known = hasMark && overview.Before == mark;
        var (sinceMs, lastRow) = known ? (mark.UpTo, overview.RowBeforeRest) : (long.MinValue, long.MinValue);
        // Taken first: what is written while the pages are read is found the next time. It never goes back, when the youngest were deleted: what lies before it is known.
        var further = ReadMark(database, sinceMs, Math.Max(sinceMs, overview.YoungestMs - (long)StillChanging.TotalMilliseconds), lastRow);
        var next = known ? mark.FollowedBy(further) : further;
        while (ReadPage(database, sinceMs, lastRow) is { Count: > 0 } page)
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var row in page)
            {
                onMessage(row.ToMessage(ReadToolCalls(database, row.Id), isSettled: row.UpdatedMs < next.UpTo));
            }

            lastRow = page[^1].RowId;
        }

        return new ClientDatabaseReading(next.ToString(), IsWhole: !known);
    }

    private static IReadOnlyList<Row> ReadPage(ClientDatabase database, long sinceMs, long lastRow)
    {
        // The first test is cheap; whether it is an assistant's message in truth is seen when it is parsed.
        const string sql = """
            SELECT   message.rowid, message.id, message.session_id, session.parent_id, message.data, message.time_updated
            FROM     message LEFT JOIN session ON session.id = message.session_id
            WHERE    message.rowid > ?1 AND message.time_updated >= ?2 AND instr(message.data, '"assistant"') > 0
            ORDER BY message.rowid
            LIMIT    ?3
            """;
        return database.Query(
            sql,
            row => new Row { RowId = row.Integer(0), Id = row.Text(1) ?? "", SessionId = row.Text(2) ?? "", ParentSessionId = row.Text(3), Data = row.Text(4) ?? "", UpdatedMs = row.Integer(5) },
            statement =>
            {
                statement.Bind(1, lastRow);
                statement.Bind(2, sinceMs);
                statement.Bind(3, PageSize);
            });
    }

    private static IReadOnlyList<ToolCall> ReadToolCalls(ClientDatabase database, string messageId)
    {
        const string sql = """
            SELECT   json_extract(data, '$.callID'), json_extract(data, '$.tool')
            FROM     part
            WHERE    message_id = ?1 AND CASE WHEN json_valid(data) THEN json_extract(data, '$.type') END = 'tool'
            ORDER BY id
            """;
        return [.. database.Query(sql, row => (Id: row.Text(0), Name: row.Text(1)), statement => statement.Bind(1, messageId)).Where(tool => tool is { Id: not null, Name: not null }).Select(tool => new ToolCall(tool.Id!, tool.Name!))];
    }

    private static Overview LookOver(ClientDatabase database, long beforeMs)
    {
        const string sql = """
            SELECT count(*) FILTER (WHERE time_updated < ?1), coalesce(sum(time_updated % 1000000007) FILTER (WHERE time_updated < ?1), 0),
                   coalesce(max(time_updated), 0), coalesce(min(rowid) FILTER (WHERE time_updated >= ?1) - 1, 9223372036854775807)
            FROM   message
            """;
        return database.Query(
            sql, row => new Overview(new ReadingMark(beforeMs, row.Integer(0), row.Integer(1)), row.Integer(2), row.Integer(3)), statement => statement.Bind(1, beforeMs))[0];
    }

    private static ReadingMark ReadMark(ClientDatabase database, long sinceMs, long beforeMs, long lastRow)
    {
        const string sql = """
            SELECT count(*), coalesce(sum(time_updated % 1000000007), 0)
            FROM   message
            WHERE  rowid > ?3 AND time_updated >= ?1 AND time_updated < ?2
            """;
        return database.Query(
            sql,
            row => new ReadingMark(beforeMs, row.Integer(0), row.Integer(1)),
            statement =>
            {
                statement.Bind(1, sinceMs);
                statement.Bind(2, beforeMs);
                statement.Bind(3, lastRow);
            })[0];
    }

    /// <summary>The whole table, at a glance.</summary>
    /// <param name="Before">What is older than a moment.</param>
    /// <param name="YoungestMs">When the last change was.</param>
    /// <param name="RowBeforeRest">Behind this row are all that are not older than the moment.</param>
    private sealed record Overview(ReadingMark Before, long YoungestMs, long RowBeforeRest);

    private sealed record Row
    {
        public long RowId { get; init; }

        public string Id { get; init; } = "";

        public string SessionId { get; init; } = "";

        public string? ParentSessionId { get; init; }

        public string Data { get; init; } = "";

        public long UpdatedMs { get; init; }

        public OpencodeMessage ToMessage(IReadOnlyList<ToolCall> toolCalls, bool isSettled) =>
            new() { Id = Id, SessionId = SessionId, ParentSessionId = ParentSessionId, Data = Data, ToolCalls = toolCalls, IsSettled = isSettled };
    }
}
