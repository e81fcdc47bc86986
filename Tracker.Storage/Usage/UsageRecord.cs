namespace Tracker.Storage.Usage;

/// <summary>What one model call consumed, as far as the evidence at hand tells. A count that was not reported is null, never 0.</summary>
public sealed record UsageRecord
{
    /// <summary>Identity of the call; merging two records of one key gives one row, in any order and any number of times.</summary>
    public required UsageKey Key { get; init; }

    public required Evidence Evidence { get; init; }

    public required CountQuality Quality { get; init; }

    public required CallOutcome Outcome { get; init; }

    /// <summary>When the request was sent (UTC, kept to the millisecond).</summary>
    public required DateTimeOffset OccurredAt { get; init; }

    /// <summary>Who ran the model, by the short name of the route: <c>anthropic</c>.</summary>
    public string? Provider { get; init; }

    /// <summary>The program that made the call: <c>claude-code</c>, an SDK.</summary>
    public string? Client { get; init; }

    /// <summary>The model that the client asked for.</summary>
    public string? RequestModel { get; init; }

    /// <summary>The model that answered.</summary>
    public string? ResponseModel { get; init; }

    /// <summary>The answer told that <see cref="ResponseModel"/> stepped in for a model that declined, which its beginning may name. True or null.</summary>
    public bool? ModelSteppedIn { get; init; }

    /// <summary>Input tokens that were neither read from nor written to the cache.</summary>
    public long? InputTokens { get; init; }

    /// <summary>All that came out, reasoning included.</summary>
    public long? OutputTokens { get; init; }

    /// <summary>The part of <see cref="OutputTokens"/> spent thinking.</summary>
    public long? ReasoningTokens { get; init; }

    public long? CacheReadTokens { get; init; }

    /// <summary>Tokens written to the 5-minute cache; a total without a split counts here.</summary>
    public long? CacheCreation5mTokens { get; init; }

    public long? CacheCreation1hTokens { get; init; }

    /// <summary>Searches that the provider made for the model; billed per call.</summary>
    public long? WebSearchRequests { get; init; }

    /// <summary>HTTP status of the answer.</summary>
    public int? StatusCode { get; init; }

    public string? StopReason { get; init; }

    public bool? Streamed { get; init; }

    /// <summary>Milliseconds from the request's arrival to the end of the answer.</summary>
    public long? DurationMs { get; init; }

    /// <summary>Milliseconds from the request's arrival to the first content of a streamed answer.</summary>
    public long? TimeToFirstTokenMs { get; init; }

    /// <summary>The upstream's <c>request-id</c> or <c>x-request-id</c> response header, or what a log says of it.</summary>
    public string? RequestId { get; init; }

    /// <summary>The exchange the call belongs to, by the client's own id.</summary>
    public string? SessionId { get; init; }

    /// <summary>The sub-agent that made the call, by the client's own id.</summary>
    public string? AgentId { get; init; }

    public string? ParentAgentId { get; init; }

    /// <summary>The working directory of the client.</summary>
    public string? Project { get; init => field = ProjectFolder.Of(value); }

    public string? ServiceTier { get; init; }

    public string? Speed { get; init; }

    public string? InferenceGeo { get; init; }

    public AuthMode? AuthMode { get; init; }

    public string? UserAgent { get; init; }

    /// <summary>The first characters of the last user message, only when the user turned that on.</summary>
    public string? PromptPreview { get; init; }

    /// <summary>What the client itself said the call cost, in nano-USD; kept apart from Tracker's own figure.</summary>
    public long? ClientCostNanoUsd { get; init; }

    /// <summary>What the response's headers, the messages of its socket or a log told of the subscription's limits.</summary>
    public IReadOnlyList<LimitSample> Limits { get; init => field = value ?? []; } = []; // null: a journal that was written before this existed

    public IReadOnlyList<ToolCall> ToolCalls { get; init => field = value ?? []; } = [];
}
