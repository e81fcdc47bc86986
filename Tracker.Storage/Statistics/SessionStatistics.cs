using Dapper;
using Tracker.Storage.Connections;

namespace Tracker.Storage.Statistics;

/// <summary>Sessions, the agents in them and the tools they asked for. Every method reads through a connection of its own and closes it at once.</summary>
public sealed class SessionStatistics(TrackerConnectionFactory connections)
{
    private static readonly string ToolFacts = $"coalesce(session_id, '') AS session_id, name";

    /// <summary>The agents of a session by model, in the order of their first call.</summary>
    public IReadOnlyList<AgentSums> GetAgents(string session)
    {
        const string sql = $"""
            SELECT agent_id AS AgentId, max(parent_agent_id) AS ParentAgentId, {RollupColumns.Model} AS Model, count(*) AS Calls, sum(outcome <> 'completed') AS FailedCalls,
                   coalesce(sum(input_tokens), 0) AS InputTokens, coalesce(sum(cache_read_tokens), 0) AS CacheReadTokens,
                   coalesce(sum(cache_creation_5m_tokens), 0) + coalesce(sum(cache_creation_1h_tokens), 0) AS CacheCreationTokens,
                   coalesce(sum(output_tokens), 0) AS OutputTokens, sum(cost_nano_usd) AS CostNanoUsd, min(occurred_at_ms) AS FirstAtMs, max(occurred_at_ms) AS LastAtMs
            FROM   usage
            WHERE  session_id = @session
            GROUP  BY agent_id, {RollupColumns.Model}
            ORDER  BY FirstAtMs, agent_id
            """;
        using var connection = connections.OpenReadOnly();
        return connection.Query<AgentSums>(sql, new { session }).AsList();
    }

    /// <summary>The tools that models asked for, most often first.</summary>
    public IReadOnlyList<ToolSums> GetTools(UsageFilter filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        var ofCalls = filter.ConditionsOnCalls();
        var sql = $"""
            SELECT name AS Name, sum(calls) AS Calls, count(DISTINCT nullif(session_id, '')) AS Sessions
            FROM
            (
                SELECT session_id, name, calls
                FROM   tool_rollup
                WHERE  quarter >= (@FromMs + 899999) / 900000 AND quarter < @ToMs / 900000 AND quarter NOT IN (SELECT quarter FROM rollup_stale){filter.ConditionsOnRollup()}
                UNION ALL
                SELECT {ToolFacts}, 1
                FROM   usage CROSS JOIN tool_call ON usage_id = id
                WHERE  id > (SELECT last_id FROM rollup_state) AND {UsageFacts.NotAtEdge} AND occurred_at_ms / 900000 NOT IN (SELECT quarter FROM rollup_stale){ofCalls}
                UNION ALL
                SELECT {ToolFacts}, 1
                FROM   rollup_stale CROSS JOIN usage INDEXED BY usage_occurred_at CROSS JOIN tool_call ON usage_id = id
                WHERE  occurred_at_ms >= rollup_stale.quarter * 900000 AND occurred_at_ms < (rollup_stale.quarter + 1) * 900000
                       AND rollup_stale.quarter >= @FromMs / 900000 AND rollup_stale.quarter <= @ToMs / 900000 AND {UsageFacts.NotAtEdge}{ofCalls}
                UNION ALL
                SELECT {ToolFacts}, 1
                FROM   usage CROSS JOIN tool_call ON usage_id = id
                WHERE  {UsageFacts.FirstEdge}{ofCalls}
                UNION ALL
                SELECT {ToolFacts}, 1
                FROM   usage CROSS JOIN tool_call ON usage_id = id
                WHERE  {UsageFacts.LastEdge}{ofCalls}
                UNION ALL
                SELECT session_id, name, calls
                FROM   pruned_tool_rollup
                WHERE  {UsageFacts.PrunedQuarters}{filter.ConditionsOnRollup()}
            )
            GROUP  BY name
            ORDER  BY Calls DESC, name
            """;
        using var connection = connections.OpenReadOnly();
        return connection.Query<ToolSums>(sql, filter.Parameters()).AsList();
    }
}
