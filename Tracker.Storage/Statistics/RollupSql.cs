namespace Tracker.Storage.Statistics;

/// <summary>The statements that add calls to sums.</summary>
internal static class RollupSql
{
    /// <param name="table"><c>usage_rollup</c>, or one with its columns.</param>
    /// <param name="calls">The condition that chooses them.</param>
    public static string AddUsage(string table, string calls) => $"""
        INSERT INTO {table} (quarter, {RollupColumns.Key}, {RollupColumns.Values})
        SELECT {Quarters.OfCall} AS quarter, {RollupColumns.KeyOfCall}, {RollupColumns.ValuesOfCalls}
        FROM   usage
        WHERE  {calls}
        GROUP  BY 1, 2, 3, 4, 5, 6, 7, 8
        ON CONFLICT DO UPDATE SET {RollupColumns.Additions}
        """;

    /// <param name="table"><c>tool_rollup</c>, or one with its columns.</param>
    /// <param name="calls">The condition that chooses them.</param>
    public static string AddTools(string table, string calls) => $"""
        INSERT INTO {table} (quarter, provider, client, model, project, session_id, name, calls)
        SELECT {Quarters.OfCall}, coalesce(provider, ''), coalesce(client, ''), coalesce({RollupColumns.Model}, ''), coalesce(project, ''), coalesce(session_id, ''), name, count(*)
        FROM   usage JOIN tool_call ON usage_id = id
        WHERE  {calls}
        GROUP  BY 1, 2, 3, 4, 5, 6, 7
        ON CONFLICT DO UPDATE SET calls = calls + excluded.calls
        """;
}
