using Dapper;
using Tracker.Storage.Connections;

namespace Tracker.Storage.Statistics;

/// <summary>Sessions, the agents in them and the tools they asked for. Every method reads through a connection of its own and closes it at once.</summary>
public sealed class SessionStatistics(TrackerConnectionFactory connections)
{
    /// <summary>The agents of a session by model, in the order of their first call.</summary>
    public IReadOnlyList<AgentSums> GetAgents(string session)
    {
        const string sql = $"""
            SELECT agent_id AS AgentId, max(parent_agent_id) AS ParentAgentId, {RollupColumns.Model} AS Model, count(*) AS Calls, sum(outcome <> 'completed') AS FailedCalls,
                   coalesce(sum(input_tokens), 0) AS InputTokens, coalesce(sum(cache_read_tokens), 0) AS CacheReadTokens,
                   coalesce(sum(cache_creation_5m_tokens), 0) + coalesce(sum(cache_creation_1h_tokens), 0) AS CacheCreationTokens,
                   coalesce(sum(output_tokens), 0) AS OutputTokens, {UsageSums.KnownCostOfCalls} AS CostNanoUsd, min(occurred_at_ms) AS FirstAtMs, max(occurred_at_ms) AS LastAtMs
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
        var sql = $"""
            SELECT name AS Name, sum(calls) AS Calls, count(DISTINCT nullif(session_id, '')) AS Sessions
            FROM   ({UsageFacts.SqlOfTools(filter)})
            GROUP  BY name
            ORDER  BY Calls DESC, name
            """;
        using var connection = connections.OpenReadOnly();
        return connection.Query<ToolSums>(sql, filter.Parameters()).AsList();
    }
}
