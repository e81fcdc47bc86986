using System.Globalization;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Tracker.Storage.Imports;

/// <summary>The statements on <c>import_cursor</c> and on the import's entry in <c>setting</c>.</summary>
internal static class ImportQueries
{
    private const string LastImport = "last_import_at_ms";

    public static IEnumerable<ImportCursor> ReadCursors(SqliteConnection connection, string source)
    {
        const string sql = """
            SELECT source AS Source, path AS Path, modified_at_ticks AS ModifiedAtTicks, length AS Length,
                   offset AS Offset, line_count AS LineCount, fingerprint AS Fingerprint, head_length AS HeadLength, tail_length AS TailLength, record_count AS RecordCount,
                   malformed_count AS MalformedCount, trouble AS Trouble, state AS State, drift AS Drift, imported_at_ms AS ImportedAtMs
            FROM   import_cursor
            WHERE  source = @source
            """;
        return connection.Query<Row>(sql, new { source }).Select(row => row.ToCursor());
    }

    public static IEnumerable<ImportedSource> ReadSources(SqliteConnection connection)
    {
        const string sql = """
            SELECT source AS Source, count(*) AS Files, sum(record_count) AS Records, sum(malformed_count) AS MalformedLines, count(trouble) AS FilesInTrouble, max(imported_at_ms) AS LastReadMs
            FROM   import_cursor
            GROUP  BY source
            ORDER  BY source
            """;
        return connection.Query<ImportedSource>(sql);
    }

    public static void SaveCursor(SqliteConnection connection, SqliteTransaction transaction, ImportCursor cursor)
    {
        const string sql = """
            INSERT OR REPLACE INTO import_cursor (source, path, modified_at_ticks, length, offset, line_count, fingerprint,
                                                  head_length, tail_length, record_count, malformed_count, trouble, state, drift, imported_at_ms)
            VALUES (@Source, @Path, @ModifiedAtTicks, @Length, @Offset, @LineCount, @Fingerprint,
                    @HeadLength, @TailLength, @RecordCount, @MalformedCount, @Trouble, @State, @Drift, @ImportedAtMs)
            """;
        connection.Execute(sql, new Row(cursor), transaction);
    }

    public static void SetLastImport(SqliteConnection connection, DateTimeOffset endedAt) => connection.Execute(
        "INSERT OR REPLACE INTO setting (name, value) VALUES (@LastImport, @value)",
        new { LastImport, value = endedAt.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture) });

    public static DateTimeOffset? ReadLastImport(SqliteConnection connection) =>
        connection.ExecuteScalar<string?>("SELECT value FROM setting WHERE name = @LastImport", new { LastImport }) is { } value
            ? DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(value, CultureInfo.InvariantCulture))
            : null;

    private sealed record Row
    {
        public Row()
        {
        }

        public Row(ImportCursor cursor)
        {
            (Source, Path, Trouble, State, Drift) = (cursor.Source, cursor.Path, cursor.Trouble, cursor.State, cursor.Drift);
            (ModifiedAtTicks, Length, Offset, LineCount) = (cursor.ModifiedAtTicks, cursor.Length, cursor.Offset, cursor.LineCount);
            (Fingerprint, HeadLength, TailLength) = (cursor.Fingerprint, cursor.HeadLength, cursor.TailLength);
            (RecordCount, MalformedCount, ImportedAtMs) = (cursor.RecordCount, cursor.MalformedCount, cursor.ImportedAt.ToUnixTimeMilliseconds());
        }

        public string Source { get; init; } = "";

        public string Path { get; init; } = "";

        public long ModifiedAtTicks { get; init; }

        public long Length { get; init; }

        public long Offset { get; init; }

        public long LineCount { get; init; }

        public long Fingerprint { get; init; }

        public int HeadLength { get; init; }

        public int TailLength { get; init; }

        public long RecordCount { get; init; }

        public long MalformedCount { get; init; }

        public string? Trouble { get; init; }

        public string? State { get; init; }

        public string? Drift { get; init; }

        public long ImportedAtMs { get; init; }

        public ImportCursor ToCursor() => new()
        {
            Source = Source,
            Path = Path,
            ModifiedAtTicks = ModifiedAtTicks,
            Length = Length,
            Offset = Offset,
            LineCount = LineCount,
            Fingerprint = Fingerprint,
            HeadLength = HeadLength,
            TailLength = TailLength,
            RecordCount = RecordCount,
            MalformedCount = MalformedCount,
            Trouble = Trouble,
            State = State,
            Drift = Drift,
            ImportedAt = DateTimeOffset.FromUnixTimeMilliseconds(ImportedAtMs),
        };
    }
}
