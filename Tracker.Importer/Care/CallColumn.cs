using Tracker.Storage.Statistics;
using Tracker.Storage.Usage;

namespace Tracker.Importer.Care;

/// <summary>A column of an export.</summary>
/// <param name="Name">As in the database, where it is there.</param>
/// <param name="Of">A string, a long, a decimal, a bool, a <see cref="DateTimeOffset"/>, or null: unknown.</param>
internal sealed record CallColumn(string Name, Func<Call, object?> Of)
{
    public static readonly IReadOnlyList<CallColumn> All =
    [
        new("usage_key", call => call.UsageKey),
        new("occurred_at", call => call.OccurredAt),
        new("provider", call => call.Provider),
        new("client", call => call.Client),
        new("request_model", call => call.RequestModel),
        new("response_model", call => call.ResponseModel),
        new("input_tokens", call => call.InputTokens),
        new("cache_read_tokens", call => call.CacheReadTokens),
        new("cache_creation_5m_tokens", call => call.CacheCreation5mTokens),
        new("cache_creation_1h_tokens", call => call.CacheCreation1hTokens),
        new("output_tokens", call => call.OutputTokens),
        new("reasoning_tokens", call => call.ReasoningTokens),
        new("web_search_requests", call => call.WebSearchRequests),
        new("cost_usd", call => call.CostNanoUsd / 1_000_000_000m),
        new("price_id", call => call.PriceId),
        new("client_cost_usd", call => call.ClientCostNanoUsd / 1_000_000_000m),
        new("outcome", call => call.Outcome),
        new("status_code", call => call.StatusCode),
        new("stop_reason", call => call.StopReason),
        new("streamed", call => call.Streamed),
        new("duration_ms", call => call.DurationMs),
        new("time_to_first_token_ms", call => call.TimeToFirstTokenMs),
        new("tool_call_count", call => call.ToolCallCount),
        new("request_id", call => call.RequestId),
        new("session_id", call => call.SessionId),
        new("agent_id", call => call.AgentId),
        new("parent_agent_id", call => call.ParentAgentId),
        new("project", call => call.Project),
        new("service_tier", call => call.ServiceTier),
        new("speed", call => call.Speed),
        new("inference_geo", call => call.InferenceGeo),
        new("auth_mode", call => call.AuthMode),
        new("user_agent", call => call.UserAgent),
        new("prompt_preview", call => call.PromptPreview),
        new("evidence", call => call.Evidence switch { Evidence.Wire => "wire", Evidence.Transcript => "transcript", _ => "wire+transcript" }),
        new("quality", call => call.Quality.ToString().ToLowerInvariant()),
    ];
}
