using Tracker.Storage.Connections;
using Tracker.Storage.Usage;

namespace Tracker.Storage.Statistics;

/// <summary>Lists of single calls. Every method reads through a connection of its own and closes it at once.</summary>
public sealed class CallQueries(TrackerConnectionFactory connections)
{
    /// <summary>The columns of a call, in the order that <see cref="Read"/> reads them.</summary>
    internal const string Columns = """
        id, usage_key, occurred_at_ms, provider, client, request_model, response_model, input_tokens, cache_read_tokens, cache_creation_5m_tokens,
        cache_creation_1h_tokens, output_tokens, reasoning_tokens, web_search_requests, quality, evidence, outcome, status_code, stop_reason, streamed, duration_ms,
        time_to_first_token_ms, request_id, session_id, agent_id, parent_agent_id, project, tool_call_count, service_tier, speed, inference_geo, auth_mode,
        user_agent, prompt_preview, cost_nano_usd, price_id, client_cost_nano_usd
        """;

    /// <summary>A page of calls.</summary>
    public IReadOnlyList<Call> GetCalls(CallFilter filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
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
        return Statement.Read(connection, sql, Read, statement =>
        {
            filter.Usage.Bind(statement);
            statement.Bind("@Limit", filter.Limit);
            statement.Bind("@AfterMs", filter.After?.OccurredAtMs);
            statement.Bind("@AfterId", filter.After?.Id);
            statement.Bind("@Outcome", filter.Outcome);
        });
    }

    /// <returns>Null when there is no such call.</returns>
    public Call? GetCall(long id)
    {
        using var connection = connections.OpenReadOnly();
        return Statement.Read(connection, $"SELECT {Columns} FROM usage WHERE id = ?1", Read, statement => statement.Bind(1, id)).SingleOrDefault();
    }

    /// <summary>The tools that a call asked for.</summary>
    public IReadOnlyList<ToolCall> GetTools(long id)
    {
        using var connection = connections.OpenReadOnly();
        return Statement.Read(
            connection, "SELECT tool_use_id, name FROM tool_call WHERE usage_id = ?1 ORDER BY tool_use_id", row => new ToolCall(row.Text(0)!, row.Text(1)!), statement => statement.Bind(1, id));
    }

    internal static Call Read(Statement row) => new()
    {
        Id = row.Integer(0),
        UsageKey = row.Text(1)!,
        OccurredAtMs = row.Integer(2),
        Provider = row.Text(3),
        Client = row.Text(4),
        RequestModel = row.Text(5),
        ResponseModel = row.Text(6),
        InputTokens = row.Number(7),
        CacheReadTokens = row.Number(8),
        CacheCreation5mTokens = row.Number(9),
        CacheCreation1hTokens = row.Number(10),
        OutputTokens = row.Number(11),
        ReasoningTokens = row.Number(12),
        WebSearchRequests = row.Number(13),
        Quality = (CountQuality)row.Integer(14),
        Evidence = (Evidence)row.Integer(15),
        Outcome = row.Text(16)!,
        StatusCode = row.Number(17),
        StopReason = row.Text(18),
        Streamed = row.Number(19) is { } streamed ? streamed != 0 : null,
        DurationMs = row.Number(20),
        TimeToFirstTokenMs = row.Number(21),
        RequestId = row.Text(22),
        SessionId = row.Text(23),
        AgentId = row.Text(24),
        ParentAgentId = row.Text(25),
        Project = row.Text(26),
        ToolCallCount = row.Number(27),
        ServiceTier = row.Text(28),
        Speed = row.Text(29),
        InferenceGeo = row.Text(30),
        AuthMode = row.Text(31),
        UserAgent = row.Text(32),
        PromptPreview = row.Text(33),
        CostNanoUsd = row.Number(34),
        PriceId = row.Text(35),
        ClientCostNanoUsd = row.Number(36),
    };

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
        var next = filter.After is null ? "" : $" AND quarter {(isNewest ? "<" : ">")} @AfterMs / {Quarters.Ms}";
        return $"""
            {Candidates(filter, next, $"quarter {direction}")}
            SELECT {Columns}
            FROM   {CallsOfCandidates}{page}{Conditions(filter)}
            {order}
            """;
    }

    private static string ByGreatest(CallFilter filter, string column)
    {
        // A call of which it is unknown stands where nothing would: the groups' maxima tell no more.
        var order = $"ORDER BY coalesce({column}, 0) DESC, occurred_at_ms DESC, id DESC LIMIT @Limit";
        if (filter.Outcome is not null)
        {
            return $"SELECT {Columns} FROM usage WHERE occurred_at_ms >= @FromMs AND occurred_at_ms < @ToMs{Conditions(filter)} {order}";
        }

        return $"""
            {Candidates(filter, "", $"max_{column} DESC, quarter DESC")}
            SELECT {Columns}
            FROM   {CallsOfCandidates}{Conditions(filter)}
            {order}
            """;
    }

    /// <summary>
    /// The quarters in which the wanted calls are: the first so many groups of the roll-up in the list's order hold at least as many calls, and
    /// whatever is in no roll-up may come before them. Of the quarter in which the page before ended, any number of groups may have no more.
    /// </summary>
    private static string Candidates(CallFilter filter, string conditions, string order) => $"""
        WITH candidate (quarter) AS
        (
            SELECT quarter FROM
            (
                SELECT quarter
                FROM   usage_rollup
                WHERE  {Quarters.IsSummed}
                       {(filter.Outcome is null ? "" : "AND calls > failed_calls")}{conditions}{filter.Usage.ConditionsOnRollup()}
                ORDER  BY {order}
                LIMIT  @Limit
            )
            UNION SELECT quarter FROM rollup_stale
            UNION SELECT {Quarters.OfCall} FROM usage WHERE id > (SELECT last_id FROM rollup_state)
            UNION SELECT {Quarters.First}
            UNION SELECT {Quarters.Last}
            UNION SELECT @AfterMs / {Quarters.Ms}
        )
        """;

    // Without the hint SQLite makes an index of its own for the other conditions, out of all calls.
    private static readonly string CallsOfCandidates = $"""
        candidate CROSS JOIN usage INDEXED BY usage_occurred_at
        WHERE  {Quarters.IsOf("quarter")} AND +occurred_at_ms >= @FromMs AND +occurred_at_ms < @ToMs
        """;

    // The literal is what lets SQLite use the index of failed calls.
    private static string Conditions(CallFilter filter) =>
        filter.Usage.ConditionsOnCalls() + (filter.Outcome is null ? "" : IsFailed(filter) ? " AND outcome <> 'completed' AND outcome = @Outcome" : " AND outcome = @Outcome");

    private static bool IsFailed(CallFilter filter) => filter.Outcome is not (null or "completed");
}
