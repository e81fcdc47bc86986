namespace Tracker.Storage.Usage;

/// <summary>The parameters of <see cref="UsageUpsert"/>'s statement: looked up once, not for every row.</summary>
internal static class UsageParameters
{
    public static readonly int UsageKey = Of("usage_key");
    public static readonly int OccurredAtMs = Of("occurred_at_ms");
    public static readonly int Provider = Of("provider");
    public static readonly int Evidence = Of("evidence");
    public static readonly int Outcome = Of("outcome");
    public static readonly int Quality = Of("quality");
    public static readonly int InputTokens = Of("input_tokens");
    public static readonly int OutputTokens = Of("output_tokens");
    public static readonly int ReasoningTokens = Of("reasoning_tokens");
    public static readonly int CacheReadTokens = Of("cache_read_tokens");
    public static readonly int CacheCreation5mTokens = Of("cache_creation_5m_tokens");
    public static readonly int CacheCreation1hTokens = Of("cache_creation_1h_tokens");
    public static readonly int WebSearchRequests = Of("web_search_requests");
    public static readonly int Client = Of("client");
    public static readonly int RequestModel = Of("request_model");
    public static readonly int ResponseModel = Of("response_model");
    public static readonly int ModelSteppedIn = Of("model_stepped_in");
    public static readonly int StopReason = Of("stop_reason");
    public static readonly int TimeToFirstTokenMs = Of("time_to_first_token_ms");
    public static readonly int RequestId = Of("request_id");
    public static readonly int SessionId = Of("session_id");
    public static readonly int AgentId = Of("agent_id");
    public static readonly int ParentAgentId = Of("parent_agent_id");
    public static readonly int Project = Of("project");
    public static readonly int ServiceTier = Of("service_tier");
    public static readonly int Speed = Of("speed");
    public static readonly int InferenceGeo = Of("inference_geo");
    public static readonly int AuthMode = Of("auth_mode");
    public static readonly int UserAgent = Of("user_agent");
    public static readonly int PromptPreview = Of("prompt_preview");
    public static readonly int StatusCode = Of("status_code");
    public static readonly int Streamed = Of("streamed");
    public static readonly int DurationMs = Of("duration_ms");
    public static readonly int ClientCostNanoUsd = Of("client_cost_nano_usd");
    public static readonly int ToolCallCount = Of("tool_call_count");
    public static readonly int CostNanoUsd = Of("cost_nano_usd");
    public static readonly int PriceId = Of("price_id");

    private static int Of(string column) => Array.IndexOf(UsageUpsert.InsertColumns, column) is >= 0 and var index
        ? index + 1
        : throw new ArgumentException($"There is no column {column}.", nameof(column));
}
