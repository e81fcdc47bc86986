using System.Globalization;
using Microsoft.Data.Sqlite;
using Tracker.Storage.Usage;

namespace Tracker.Storage.Joining;

/// <summary>The statements that look for calls without a partner. Each condition is that of a partial index, word for word, or SQLite would not use it.</summary>
internal static class JoinQueries
{
    public const string WireAlone = "evidence = 1";

    public const string LoggedAlone = """
        evidence = 2 AND usage_key NOT GLOB 'anthropic:*' AND usage_key NOT GLOB 'openai:*' AND usage_key NOT GLOB 'gemini:*' AND usage_key NOT GLOB 'ollama:*'
        """;

    /// <summary>Those with counts, from ?1 to ?2, in the order of time.</summary>
    public const string WireCalls = $"""
        SELECT id, occurred_at_ms, occurred_at_ms + coalesce(duration_ms, 0), input_tokens, coalesce(cache_read_tokens, 0),
               coalesce(cache_creation_5m_tokens, 0) + coalesce(cache_creation_1h_tokens, 0), output_tokens, provider IN ('ollama', 'ollama-cloud')
        FROM   usage
        WHERE  {WireAlone} AND occurred_at_ms BETWEEN ?1 AND ?2 AND input_tokens IS NOT NULL AND output_tokens > 0
        ORDER  BY occurred_at_ms
        """;

    /// <summary>Those with counts, from ?1 to ?2, in the order of time.</summary>
    public const string LoggedCalls = $"""
        SELECT id, occurred_at_ms, input_tokens, coalesce(cache_read_tokens, 0),
               coalesce(cache_creation_5m_tokens, 0) + coalesce(cache_creation_1h_tokens, 0), output_tokens, quality
        FROM   usage
        WHERE  {LoggedAlone} AND occurred_at_ms BETWEEN ?1 AND ?2 AND input_tokens IS NOT NULL AND output_tokens > 0
        ORDER  BY occurred_at_ms
        """;

    /// <summary>The hours since 1970 of those that have come after the row ?1, up to the row ?2.</summary>
    public const string HoursOfNew = $"""
        SELECT DISTINCT occurred_at_ms / 3600000
        FROM   usage
        WHERE  id > ?1 AND id <= ?2 AND (({WireAlone}) OR ({LoggedAlone}))
        """;

    public const string Details = "SELECT usage_key, client, request_model, response_model, session_id FROM usage WHERE id = ?1";

    public const string ToolUseIds = "SELECT tool_use_id FROM tool_call WHERE usage_id = ?1";

    /// <summary>Whether there are some on both sides.</summary>
    public const string AnyAlone = $"SELECT EXISTS (SELECT 1 FROM usage WHERE {WireAlone}) AND EXISTS (SELECT 1 FROM usage WHERE {LoggedAlone})";

    /// <summary>To be run when rows were deleted: the id of one that was the newest is used again, for a row that nobody has looked at.</summary>
    public const string LowerSearchedUpTo = """
        UPDATE setting SET value = CAST((SELECT coalesce(max(id), 0) FROM usage) AS TEXT)
        WHERE  name = 'joined_up_to' AND CAST(value AS INTEGER) > (SELECT coalesce(max(id), 0) FROM usage)
        """;

    public static long ReadNewestRow(SqliteConnection connection) => Statement.ReadNumber(connection, "SELECT max(id) FROM usage") ?? 0;

    /// <summary>The newest row that the last search knew.</summary>
    public static long ReadSearchedUpTo(SqliteConnection connection) => Statement.ReadNumber(connection, "SELECT CAST(value AS INTEGER) FROM setting WHERE name = 'joined_up_to'") ?? 0;

    /// <summary>The hours since 1970 with pairs that the last search left to a time to come, in their order.</summary>
    public static IReadOnlyList<long> ReadHoursAhead(SqliteConnection connection)
    {
        using var select = new Statement(connection, "SELECT value FROM setting WHERE name = 'join_hours_ahead'");
        return select.Step() && select.Text(0) is { Length: > 0 } hours ? [.. hours.Split(' ').Select(hour => long.Parse(hour, CultureInfo.InvariantCulture))] : [];
    }

    public static void SetHoursAhead(SqliteConnection connection, IReadOnlyList<long> hours)
    {
        using var set = new Statement(connection, "INSERT OR REPLACE INTO setting (name, value) VALUES ('join_hours_ahead', ?1)");
        set.Bind(1, string.Join(' ', hours.Select(hour => hour.ToString(CultureInfo.InvariantCulture))));
        set.Run();
    }

    public static void SetSearchedUpTo(SqliteConnection connection, long row)
    {
        using var set = new Statement(connection, "INSERT OR REPLACE INTO setting (name, value) VALUES ('joined_up_to', CAST(?1 AS TEXT))");
        set.Bind(1, row);
        set.Run();
    }
}
