using Dapper;
using Tracker.Storage.Connections;
using Tracker.Storage.Usage;

namespace Tracker.Storage.Statistics;

/// <summary>Lists of single calls. Every method reads through a connection of its own and closes it at once.</summary>
public sealed class CallQueries(TrackerConnectionFactory connections)
{
    internal const string Columns = """
        id AS Id, usage_key AS UsageKey, occurred_at_ms AS OccurredAtMs, provider AS Provider, client AS Client, request_model AS RequestModel, response_model AS ResponseModel,
        input_tokens AS InputTokens, cache_read_tokens AS CacheReadTokens, cache_creation_5m_tokens AS CacheCreation5mTokens, cache_creation_1h_tokens AS CacheCreation1hTokens,
        output_tokens AS OutputTokens, reasoning_tokens AS ReasoningTokens, web_search_requests AS WebSearchRequests, quality AS Quality, evidence AS Evidence, outcome AS Outcome,
        status_code AS StatusCode, stop_reason AS StopReason, streamed AS Streamed, duration_ms AS DurationMs, time_to_first_token_ms AS TimeToFirstTokenMs, request_id AS RequestId,
        session_id AS SessionId, agent_id AS AgentId, parent_agent_id AS ParentAgentId, project AS Project, tool_call_count AS ToolCallCount, service_tier AS ServiceTier,
        speed AS Speed, inference_geo AS InferenceGeo, auth_mode AS AuthMode, user_agent AS UserAgent, prompt_preview AS PromptPreview, cost_nano_usd AS CostNanoUsd,
        price_id AS PriceId, client_cost_nano_usd AS ClientCostNanoUsd
        """;

    /// <summary>A page of calls.</summary>
    public IReadOnlyList<Call> GetCalls(CallFilter filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        var parameters = filter.Usage.Parameters();
        parameters.Add("Limit", filter.Limit);
        parameters.Add("AfterMs", filter.After?.OccurredAtMs);
        parameters.Add("AfterId", filter.After?.Id);
        parameters.Add("Outcome", filter.Outcome);
        var sql = filter.Order switch
        {
            CallOrder.Newest => ByTime(filter, isNewest: true),
            CallOrder.Oldest => ByTime(filter, isNewest: false),
            CallOrder.Cost => ByGreatest(filter, "cost_nano_usd"),
            CallOrder.Output => ByGreatest(filter, "output_tokens"),
            CallOrder.Duration => ByGreatest(filter, "duration_ms"),
            _ => throw new ArgumentOutOfRangeException(nameof(filter), filter.Order, null),
        };
        using var connection = connections.OpenReadOnly();
        return connection.Query<Call>(sql, parameters).AsList();
    }

    /// <returns>Null when there is no such call.</returns>
    public Call? GetCall(long id)
    {
        using var connection = connections.OpenReadOnly();
        return connection.QuerySingleOrDefault<Call>($"SELECT {Columns} FROM usage WHERE id = @id", new { id });
    }

    /// <summary>The tools that a call asked for.</summary>
    public IReadOnlyList<ToolCall> GetTools(long id)
    {
        using var connection = connections.OpenReadOnly();
        return [.. connection.Query<(string Id, string Name)>("SELECT tool_use_id, name FROM tool_call WHERE usage_id = @id ORDER BY tool_use_id", new { id }).Select(tool => new ToolCall(tool.Id, tool.Name))];
    }

    private static string ByTime(CallFilter filter, bool isNewest)
    {
        var direction = isNewest ? "DESC" : "ASC";
        var page = filter.After is null ? "" : $" AND (occurred_at_ms, id) {(isNewest ? "<" : ">")} (@AfterMs, @AfterId)";
        var order = $"ORDER BY occurred_at_ms {direction}, id {direction} LIMIT @Limit";
        if (!filter.Usage.IsByGroup || filter.Usage.Session is not null || IsFailed(filter))
        {
            return $"SELECT {Columns} FROM usage WHERE occurred_at_ms >= @FromMs AND occurred_at_ms < @ToMs{page}{Conditions(filter)} {order}";
        }

        // Calls of one model or project can be few among many: the next groups that have some tell where to look.
        var next = filter.After is null ? "" : $" AND quarter {(isNewest ? "<=" : ">=")} @AfterMs / 900000";
        return $"""
            {Candidates(filter, next, $"quarter {direction}")}
            SELECT {Columns}
            FROM   {CallsOfCandidates}{page}{Conditions(filter)}
            {order}
            """;
    }

    private static string ByGreatest(CallFilter filter, string column)
    {
        var order = $"ORDER BY {column} DESC, occurred_at_ms DESC, id DESC LIMIT @Limit";
        if (filter.Outcome is not null)
        {
            return $"SELECT {Columns} FROM usage WHERE occurred_at_ms >= @FromMs AND occurred_at_ms < @ToMs AND {column} IS NOT NULL{Conditions(filter)} {order}";
        }

        return $"""
            {Candidates(filter, "", $"max_{column} DESC")}
            SELECT {Columns}
            FROM   {CallsOfCandidates} AND {column} IS NOT NULL{Conditions(filter)}
            {order}
            """;
    }

    /// <summary>
    /// The quarters in which the wanted calls are: the first so many groups of the roll-up in the list's order hold at least as many calls, and
    /// whatever is in no roll-up may come before them.
    /// </summary>
    private static string Candidates(CallFilter filter, string conditions, string order) => $"""
        WITH candidate (quarter) AS
        (
            SELECT quarter FROM
            (
                SELECT quarter
                FROM   usage_rollup
                WHERE  quarter >= (@FromMs + 899999) / 900000 AND quarter < @ToMs / 900000 AND quarter NOT IN (SELECT quarter FROM rollup_stale)
                       {(filter.Outcome is null ? "" : "AND calls > failed_calls")}{conditions}{filter.Usage.ConditionsOnRollup()}
                ORDER  BY {order}
                LIMIT  @Limit + 1
            )
            UNION SELECT quarter FROM rollup_stale
            UNION SELECT occurred_at_ms / 900000 FROM usage WHERE id > (SELECT last_id FROM rollup_state)
            UNION SELECT @FromMs / 900000
            UNION SELECT @ToMs / 900000
        )
        """;

    // Without the hint SQLite makes an index of its own for the other conditions, out of all calls.
    private const string CallsOfCandidates = """
        candidate CROSS JOIN usage INDEXED BY usage_occurred_at
        WHERE  occurred_at_ms >= quarter * 900000 AND occurred_at_ms < (quarter + 1) * 900000 AND +occurred_at_ms >= @FromMs AND +occurred_at_ms < @ToMs
        """;

    // The literal is what lets SQLite use the index of failed calls.
    private static string Conditions(CallFilter filter) =>
        filter.Usage.ConditionsOnCalls() + (filter.Outcome is null ? "" : IsFailed(filter) ? " AND outcome <> 'completed' AND outcome = @Outcome" : " AND outcome = @Outcome");

    private static bool IsFailed(CallFilter filter) => filter.Outcome is not (null or "completed");
}
