using Tracker.Storage.Connections;

namespace Tracker.Storage.Imports.ClientDatabases;

/// <summary>Reads the table <c>requests</c> of tokencost's <c>tracker.db</c>. The format is described in the importer's folder Sources/Tokencost.</summary>
public static class TokencostDatabase
{
    // Held in memory at once.
    private const int PageSize = 1000;

    // Columns that came later.
    private static readonly string[] LaterColumns = ["cache_read_tokens", "cache_creation_tokens", "cache_creation_1h_tokens", "user_agent", "stop_reason", "msg_uuid"];

    /// <param name="path">The database file.</param>
    /// <param name="lastMark">The last reading's <see cref="ClientDatabaseReading.Mark"/>, null to read all. Rows are never changed in what counts here.</param>
    /// <param name="onRequest">Gets each row that is new.</param>
    /// <param name="cancellationToken">Ends between two pages.</param>
    /// <exception cref="IOException">It cannot be read now; the message says why.</exception>
    /// <exception cref="FormatException">It is not tokencost's database, or damaged.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not read it.</exception>
    public static ClientDatabaseReading Read(string path, string? lastMark, Action<TokencostRequest> onRequest, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(onRequest);
        using var database = ClientDatabase.Open(path);
        var sql = PageQuery(database);
        // Another file, or one that was emptied and has grown since, is read from its beginning.
        var goesOn = ReadingMark.TryParse(lastMark, out var known) && ReadMark(database, known.UpTo) == known;
        var lastId = goesOn ? known.UpTo : 0;
        while (ReadPage(database, sql, lastId) is { Count: > 0 } page)
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var request in page)
            {
                onRequest(request);
            }

            lastId = page[^1].Id;
        }

        return new ClientDatabaseReading(ReadMark(database, lastId).ToString(), IsWhole: !goesOn);
    }

    private static ReadingMark ReadMark(ClientDatabase database, long lastId)
    {
        const string sql = "SELECT count(*), coalesce(sum((id * 31 + coalesce(unixepoch(ts), 0)) % 1000000007), 0) FROM requests WHERE id <= ?1";
        return database.Query(sql, row => new ReadingMark(lastId, row.Integer(0), row.Integer(1)), statement => statement.Bind(1, lastId))[0];
    }

    private static IReadOnlyList<TokencostRequest> ReadPage(ClientDatabase database, string sql, long lastId) => database.Query(
        sql,
        row => new TokencostRequest
        {
            Id = row.Integer(0),
            Ts = row.Text(1),
            Source = row.Text(2),
            Model = row.Text(3),
            InputTokens = row.Number(4),
            OutputTokens = row.Number(5),
            CostUsd = row.Real(6),
            DurationMs = row.Number(7),
            Status = row.Number(8),
            CacheReadTokens = row.Number(9),
            CacheCreationTokens = row.Number(10),
            CacheCreation1hTokens = row.Number(11),
            UserAgent = row.Text(12),
            StopReason = row.Text(13),
            MessageId = row.Text(14),
        },
        statement => statement.Bind(1, lastId));

    private static string PageQuery(ClientDatabase database)
    {
        var existing = database.Query("SELECT name FROM pragma_table_info('requests')", row => row.Text(0));
        var later = LaterColumns.Select(column => existing.Contains(column) ? column : "NULL");
        return $"""
            SELECT   id, ts, source, model, input_tokens, output_tokens, cost_usd, duration_ms, status, {string.Join(", ", later)}
            FROM     requests
            WHERE    id > ?1
            ORDER BY id
            LIMIT    {PageSize}
            """;
    }
}
