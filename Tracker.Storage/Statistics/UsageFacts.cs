namespace Tracker.Storage.Statistics;

/// <summary>
/// The rows that a report sums: the roll-up where it is up to date, and the calls themselves where it is not (new ones, those of stale quarters,
/// and those at the edges of a time that does not begin or end at a quarter), and what is left of pruned calls. One statement, so one moment of the database.
/// </summary>
internal static class UsageFacts
{
    private static readonly string FirstWholeMs = Quarters.StartOf(Quarters.FirstWhole);
    private static readonly string LastMs = Quarters.StartOf(Quarters.Last);

    // The plus keeps SQLite from taking the index of times where that of ids is the short way.
    private static readonly string IsNotAtEdge = $"+occurred_at_ms >= {FirstWholeMs} AND +occurred_at_ms < {LastMs}";

    /// <param name="filter">Which calls.</param>
    /// <param name="columns">Columns of the roll-up beside those of its key.</param>
    public static string Sql(UsageFilter filter, IReadOnlyList<string> columns) => Sql(
        filter, "usage_rollup", "pruned_rollup", $"quarter, {RollupColumns.Key}, {string.Join(", ", columns)}",
        $"{Quarters.OfCall} AS quarter, {RollupColumns.KeyOfCall}, {string.Join(", ", columns.Select(column => $"{RollupColumns.OfCall(column)} AS {column}"))}", "");

    /// <summary>The same of the tools that models asked for: session, name and calls.</summary>
    public static string SqlOfTools(UsageFilter filter) => Sql(
        filter, "tool_rollup", "pruned_tool_rollup", "session_id, name, calls", "coalesce(session_id, '') AS session_id, name, 1 AS calls", " CROSS JOIN tool_call ON usage_id = id");

    private static string Sql(UsageFilter filter, string rollup, string pruned, string valuesOfRollup, string valuesOfCall, string join)
    {
        var ofRollup = filter.ConditionsOnRollup();
        var ofCalls = filter.ConditionsOnCalls();
        // Of pruned calls only the quarter is known: it counts where it begins, so that times that follow each other count each once.
        return $"""
            SELECT {valuesOfRollup}
            FROM   {rollup}
            WHERE  {Quarters.IsSummed}{ofRollup}
            UNION ALL
            SELECT {valuesOfCall}
            FROM   usage{join}
            WHERE  id > (SELECT last_id FROM rollup_state) AND {IsNotAtEdge} AND {Quarters.OfCall} NOT IN (SELECT quarter FROM rollup_stale){ofCalls}
            UNION ALL
            SELECT {valuesOfCall}
            FROM   rollup_stale CROSS JOIN usage INDEXED BY usage_occurred_at{join}
            WHERE  {Quarters.IsOf("rollup_stale.quarter")}
                   AND rollup_stale.quarter >= {Quarters.First} AND rollup_stale.quarter <= {Quarters.Last} AND {IsNotAtEdge}{ofCalls}
            UNION ALL
            SELECT {valuesOfCall}
            FROM   usage{join}
            WHERE  occurred_at_ms >= @FromMs AND occurred_at_ms < min(@ToMs, {FirstWholeMs}){ofCalls}
            UNION ALL
            SELECT {valuesOfCall}
            FROM   usage{join}
            WHERE  occurred_at_ms >= max({LastMs}, {FirstWholeMs}) AND occurred_at_ms < @ToMs{ofCalls}
            UNION ALL
            SELECT {valuesOfRollup}
            FROM   {pruned}
            WHERE  quarter >= {Quarters.FirstWhole} AND quarter < {Quarters.FirstBehind}{ofRollup}
            """;
    }
}
