using System.Globalization;
using Tracker.Storage.Connections;

namespace Tracker.Storage.Imports.ClientDatabases;

/// <summary>Reads the table <c>requests</c> of tokencost's <c>tracker.db</c>. The format is described in the importer's folder Sources/Tokencost.</summary>
public static class TokencostDatabase
{
    // Held in memory at once.
    private const int PageSize = 1000;

    // Columns that came later, under the names of their properties.
    private static readonly (string Column, string Property)[] LaterColumns =
    [
        ("cache_read_tokens", "CacheReadTokens"), ("cache_creation_tokens", "CacheCreationTokens"), ("cache_creation_1h_tokens", "CacheCreation1hTokens"),
        ("user_agent", "UserAgent"), ("stop_reason", "StopReason"), ("msg_uuid", "MessageId"),
    ];

    /// <param name="path">The database file.</param>
    /// <param name="state">What the last reading returned, the highest id; null to read all. Rows are never changed in what counts here.</param>
    /// <param name="onRequest">Gets each row that is new.</param>
    /// <param name="cancellationToken">Ends between two pages.</param>
    /// <returns>The state for the next reading.</returns>
    /// <exception cref="IOException">It cannot be read now; the message says why.</exception>
    /// <exception cref="FormatException">It is not tokencost's database, or damaged.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not read it.</exception>
    public static string Read(string path, string? state, Action<TokencostRequest> onRequest, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(onRequest);
        using var database = ClientDatabase.Open(path);
        var sql = PageQuery(database);
        var lastId = long.TryParse(state, NumberStyles.None, CultureInfo.InvariantCulture, out var known) && known <= HighestId(database) ? known : 0;
        while (database.Query<TokencostRequest>(sql, new { lastId, PageSize }) is { Count: > 0 } page)
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var request in page)
            {
                onRequest(request);
            }

            lastId = page[^1].Id;
        }

        return lastId.ToString(CultureInfo.InvariantCulture);
    }

    // Another file, or one that was emptied, has fewer rows than were read: it is read from its beginning.
    private static long HighestId(ClientDatabase database) => database.Query<long>("SELECT coalesce(max(id), 0) FROM requests")[0];

    private static string PageQuery(ClientDatabase database)
    {
        var existing = database.Query<string>("SELECT name FROM pragma_table_info('requests')");
        var later = LaterColumns.Where(column => existing.Contains(column.Column)).Select(column => $", {column.Column} AS {column.Property}");
        return $"""
            SELECT   id AS Id, ts AS Ts, source AS Source, model AS Model, input_tokens AS InputTokens, output_tokens AS OutputTokens,
                     cost_usd AS CostUsd, duration_ms AS DurationMs, status AS Status{string.Concat(later)}
            FROM     requests
            WHERE    id > @lastId
            ORDER BY id
            LIMIT    @PageSize
            """;
    }
}
