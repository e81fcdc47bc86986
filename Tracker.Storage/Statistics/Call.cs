using Tracker.Storage.Pricing;
using Tracker.Storage.Usage;

namespace Tracker.Storage.Statistics;

/// <summary>One stored call, as the grid and its detail show it. Null: unknown.</summary>
public sealed record Call
{
    public long Id { get; init; }

    public string UsageKey { get; init; } = "";

    public DateTimeOffset OccurredAt => DateTimeOffset.FromUnixTimeMilliseconds(OccurredAtMs);

    public string? Provider { get; init; }

    public string? Client { get; init; }

    public string? RequestModel { get; init; }

    public string? ResponseModel { get; init; }

    public long? InputTokens { get; init; }

    public long? CacheReadTokens { get; init; }

    public long? CacheCreation5mTokens { get; init; }

    public long? CacheCreation1hTokens { get; init; }

    public long? OutputTokens { get; init; }

    public long? ReasoningTokens { get; init; }

    public long? WebSearchRequests { get; init; }

    public CountQuality Quality { get; init; }

    public Evidence Evidence { get; init; }

    /// <summary><c>completed</c>, <c>incomplete</c> or <c>error</c>.</summary>
    public string Outcome { get; init; } = "";

    public long? StatusCode { get; init; }

    public string? StopReason { get; init; }

    public bool? Streamed { get; init; }

    public long? DurationMs { get; init; }

    public long? TimeToFirstTokenMs { get; init; }

    public string? RequestId { get; init; }

    public string? SessionId { get; init; }

    public string? AgentId { get; init; }

    public string? ParentAgentId { get; init; }

    public string? Project { get; init; }

    public long? ToolCallCount { get; init; }

    public string? ServiceTier { get; init; }

    public string? Speed { get; init; }

    public string? InferenceGeo { get; init; }

    public string? AuthMode { get; init; }

    public string? UserAgent { get; init; }

    public string? PromptPreview { get; init; }

    public long? CostNanoUsd { get; init; }

    public string? PriceId { get; init; }

    public long? ClientCostNanoUsd { get; init; }

    internal long OccurredAtMs { get; init; }

    /// <summary>What its cost depends on.</summary>
    public PricedCall ToPricedCall() => new()
    {
        OccurredAt = OccurredAt,
        Provider = Provider,
        Model = ResponseModel ?? RequestModel,
        InputTokens = InputTokens,
        OutputTokens = OutputTokens,
        CacheReadTokens = CacheReadTokens,
        CacheCreation5mTokens = CacheCreation5mTokens,
        CacheCreation1hTokens = CacheCreation1hTokens,
        WebSearchRequests = WebSearchRequests,
        ServiceTier = ServiceTier,
        Speed = Speed,
        InferenceGeo = InferenceGeo,
        Failed = Outcome == Outcomes.Error && TimeToFirstTokenMs is null,
    };
}
