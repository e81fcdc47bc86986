namespace Tracker.Storage.Statistics;

/// <summary>
/// The rows that a report sums: the roll-up where it is up to date, and the calls themselves where it is not (new ones, those of stale quarters,
/// and those at the edges of a time that does not begin or end at a quarter), and what is left of pruned calls. One statement, so one moment of the database.
/// </summary>
internal static class UsageFacts
{
    // The plus keeps SQLite from taking the index of times where that of ids is the short way.
    public const string NotAtEdge = "+occurred_at_ms >= (@FromMs + 899999) / 900000 * 900000 AND +occurred_at_ms < @ToMs / 900000 * 900000";

    /// <summary>What lies before the first whole quarter of the time.</summary>
    public const string FirstEdge = "occurred_at_ms >= @FromMs AND occurred_at_ms < min(@ToMs, (@FromMs + 899999) / 900000 * 900000)";

    /// <summary>What lies behind its last whole quarter.</summary>
    public const string LastEdge = "occurred_at_ms >= max(@ToMs / 900000 * 900000, (@FromMs + 899999) / 900000 * 900000) AND occurred_at_ms < @ToMs";

    /// <summary>Of pruned calls only the quarter is known: it counts where it begins, so that times that follow each other count each once.</summary>
    public const string PrunedQuarters = "quarter >= (@FromMs + 899999) / 900000 AND quarter < (@ToMs + 899999) / 900000";

    /// <param name="filter">Which calls.</param>
    /// <param name="columns">Columns of the roll-up beside those of its key.</param>
    public static string Sql(UsageFilter filter, IReadOnlyList<string> columns)
    {
        var ofCall = $"occurred_at_ms / 900000 AS quarter, {RollupColumns.KeyOfCall}, {string.Join(", ", columns.Select(column => $"{RollupColumns.OfCall(column)} AS {column}"))}";
        var ofRollup = filter.ConditionsOnRollup();
        var ofCalls = filter.ConditionsOnCalls();
        return $"""
            SELECT quarter, {RollupColumns.Key}, {string.Join(", ", columns)}
            FROM   usage_rollup
            WHERE  quarter >= (@FromMs + 899999) / 900000 AND quarter < @ToMs / 900000 AND quarter NOT IN (SELECT quarter FROM rollup_stale){ofRollup}
            UNION ALL
            SELECT {ofCall}
            FROM   usage
            WHERE  id > (SELECT last_id FROM rollup_state) AND {NotAtEdge} AND occurred_at_ms / 900000 NOT IN (SELECT quarter FROM rollup_stale){ofCalls}
            UNION ALL
            SELECT {ofCall}
            FROM   rollup_stale CROSS JOIN usage INDEXED BY usage_occurred_at
            WHERE  occurred_at_ms >= rollup_stale.quarter * 900000 AND occurred_at_ms < (rollup_stale.quarter + 1) * 900000
                   AND rollup_stale.quarter >= @FromMs / 900000 AND rollup_stale.quarter <= @ToMs / 900000 AND {NotAtEdge}{ofCalls}
            UNION ALL
            SELECT {ofCall}
            FROM   usage
            WHERE  {FirstEdge}{ofCalls}
            UNION ALL
            SELECT {ofCall}
            FROM   usage
            WHERE  {LastEdge}{ofCalls}
            UNION ALL
            SELECT quarter, {RollupColumns.Key}, {string.Join(", ", columns)}
            FROM   pruned_rollup
            WHERE  {PrunedQuarters}{ofRollup}
            """;
    }
}
