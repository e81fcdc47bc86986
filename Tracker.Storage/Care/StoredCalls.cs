using Microsoft.Data.Sqlite;
using Tracker.Storage.Usage;

namespace Tracker.Storage.Care;

/// <summary>Reads the calls of a database one by one, as records that can be merged into another. Each is a statement of its own, so that one that cannot be read keeps none of the others back.</summary>
internal sealed class StoredCalls : IDisposable
{
    private readonly Statement _next;
    private readonly Statement _tools;

    /// <exception cref="SqliteException">Its schema cannot be read.</exception>
    public StoredCalls(SqliteConnection connection)
    {
        // Columns that every schema has but for one, and no index, which may tell of rows that are not there.
        using var column = new Statement(connection, "SELECT 1 FROM pragma_table_info('usage') WHERE name = 'model_stepped_in'");
        _next = new Statement(connection, $"""
            SELECT id, usage_key, occurred_at_ms, provider, client, request_model, response_model, input_tokens, output_tokens, reasoning_tokens, cache_read_tokens, cache_creation_5m_tokens,
                   cache_creation_1h_tokens, web_search_requests, quality, evidence, outcome, status_code, stop_reason, streamed, duration_ms, time_to_first_token_ms, request_id, session_id,
                   agent_id, parent_agent_id, project, service_tier, speed, inference_geo, auth_mode, user_agent, prompt_preview, client_cost_nano_usd, tool_call_count,
                   {(column.Step() ? "model_stepped_in" : "NULL")}
            FROM   usage NOT INDEXED
            WHERE  id >= ?1
            ORDER  BY id
            LIMIT  1
            """);
        _tools = new Statement(connection, "SELECT tool_use_id, name FROM tool_call WHERE usage_id = ?1");
    }

    /// <summary>Calls whose tools could not be read; they are there without them, or with some.</summary>
    public int CallsWithoutTools { get; private set; }

    /// <summary>The first call whose id is at least this; null when there is none.</summary>
    /// <exception cref="SqliteException">It cannot be read.</exception>
    public (long Id, UsageRecord Record)? ReadFrom(long id)
    {
        _next.Bind(1, id);
        try
        {
            return _next.Step() ? (_next.Number(0)!.Value, Read(_next)) : null;
        }
        finally
        {
            _next.Reset();
        }
    }

    public void Dispose()
    {
        _next.Dispose();
        _tools.Dispose();
    }

    private UsageRecord Read(Statement row) => new()
    {
        Key = UsageKey.FromStored(row.Text(1) ?? ""),
        OccurredAt = DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(row.Number(2) ?? 0, 0, DateTimeOffset.MaxValue.ToUnixTimeMilliseconds())),
        Provider = row.Text(3),
        Client = row.Text(4),
        RequestModel = row.Text(5),
        ResponseModel = row.Text(6),
        ModelSteppedIn = row.Number(35) == 1 ? true : null,
        InputTokens = row.Number(7),
        OutputTokens = row.Number(8),
        ReasoningTokens = row.Number(9),
        CacheReadTokens = row.Number(10),
        CacheCreation5mTokens = row.Number(11),
        CacheCreation1hTokens = row.Number(12),
        WebSearchRequests = row.Number(13),
        Quality = (CountQuality)(row.Number(14) ?? 0),
        Evidence = (Evidence)(row.Number(15) ?? 0),
        Outcome = Outcomes.FromText(row.Text(16)),
        StatusCode = (int?)row.Number(17),
        StopReason = row.Text(18),
        Streamed = row.Number(19) is { } streamed ? streamed == 1 : null,
        DurationMs = row.Number(20),
        TimeToFirstTokenMs = row.Number(21),
        RequestId = row.Text(22),
        SessionId = row.Text(23),
        AgentId = row.Text(24),
        ParentAgentId = row.Text(25),
        Project = row.Text(26),
        ServiceTier = row.Text(27),
        Speed = row.Text(28),
        InferenceGeo = row.Text(29),
        AuthMode = AuthModes.FromText(row.Text(30)),
        UserAgent = row.Text(31),
        PromptPreview = row.Text(32),
        ClientCostNanoUsd = row.Number(33),
        ToolCalls = row.Number(34) > 0 ? ReadTools(row.Number(0)!.Value) : [],
    };

    private List<ToolCall> ReadTools(long id)
    {
        var tools = new List<ToolCall>();
        _tools.Bind(1, id);
        try
        {
            while (_tools.Step())
            {
                tools.Add(new ToolCall(_tools.Text(0)!, _tools.Text(1)!));
            }
        }
        catch (SqliteException)
        {
            CallsWithoutTools++;
        }
        finally
        {
            _tools.Reset();
        }

        return tools;
    }
}
