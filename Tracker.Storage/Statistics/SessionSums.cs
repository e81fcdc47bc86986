namespace Tracker.Storage.Statistics;

/// <summary>One session: the sums of its calls, and who made them.</summary>
/// <param name="Sums">With the session's id, client and project; its <see cref="UsageSums.Model"/> is one of them.</param>
/// <param name="Models">How many models answered.</param>
public sealed record SessionSums(UsageSums Sums, long Models);

/// <summary>What one agent of a session did with one model.</summary>
public sealed record AgentSums
{
    /// <summary>Null: the session's main agent.</summary>
    public string? AgentId { get; init; }

    public string? ParentAgentId { get; init; }

    public string? Model { get; init; }

    public long Calls { get; init; }

    public long FailedCalls { get; init; }

    public long InputTokens { get; init; }

    public long CacheReadTokens { get; init; }

    public long CacheCreationTokens { get; init; }

    public long OutputTokens { get; init; }

    public long? CostNanoUsd { get; init; }

    public DateTimeOffset FirstAt => DateTimeOffset.FromUnixTimeMilliseconds(FirstAtMs);

    public DateTimeOffset LastAt => DateTimeOffset.FromUnixTimeMilliseconds(LastAtMs);

    internal long FirstAtMs { get; init; }

    internal long LastAtMs { get; init; }
}
