using Tracker.Storage.Usage;

namespace Tracker.Proxy.Capture;

/// <summary>What a response has told about its call so far. Null: not told.</summary>
internal sealed record ObservedUsage
{
    /// <summary>The namespace of <see cref="ResponseId"/>: <c>anthropic</c>.</summary>
    public required string DialectNamespace { get; init; }

    public string? ResponseId { get; init; }

    public string? Model { get; init; }

    /// <summary><see cref="Model"/> stepped in for one that declined.</summary>
    public bool ModelSteppedIn { get; init; }

    /// <summary>When the upstream began the response, where that can be long before the answer.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    public string? StopReason { get; init; }

    /// <summary>The end of the usage has been seen; the counts are final.</summary>
    public bool IsFinal { get; init; }

    /// <summary>The response reported an error, by its body.</summary>
    public bool IsError { get; init; }

    /// <summary>The answer says that no model has run.</summary>
    public bool RanNoModel { get; init; }

    /// <summary>The HTTP status that the message of an error names, where the answer has none of its own.</summary>
    public int? ErrorStatus { get; init; }

    public long? InputTokens { get; init; }

    public long? OutputTokens { get; init; }

    public long? ReasoningTokens { get; init; }

    public long? CacheReadTokens { get; init; }

    public long? CacheCreation5mTokens { get; init; }

    public long? CacheCreation1hTokens { get; init; }

    public long? WebSearchRequests { get; init; }

    public string? ServiceTier { get; init; }

    public string? Speed { get; init; }

    public string? InferenceGeo { get; init; }

    /// <summary>The response has told what went in and what came out.</summary>
    public bool HasCounts => InputTokens is not null && OutputTokens is not null;

    public IReadOnlyList<ToolCall> ToolCalls { get; init; } = [];

    /// <summary>What was consumed within the answer besides the counts above, each as a row of its own.</summary>
    public IReadOnlyList<IterationUsage> IterationsApart { get; init; } = [];
}
