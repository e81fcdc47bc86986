namespace Tracker.Storage.Imports.ClientDatabases;

/// <summary>A row of the table <c>requests</c> of tokencost's database, as it stands there; null where a version of it has no such column.</summary>
public sealed record TokencostRequest
{
    public long Id { get; init; }

    /// <summary>A time in ISO 8601; UTC unless it says otherwise.</summary>
    public string? Ts { get; init; }

    public string? Source { get; init; }

    public string? Model { get; init; }

    public long? InputTokens { get; init; }

    public long? OutputTokens { get; init; }

    public long? CacheReadTokens { get; init; }

    /// <summary>All that was written to the cache.</summary>
    public long? CacheCreationTokens { get; init; }

    /// <summary>The part of <see cref="CacheCreationTokens"/> written for one hour.</summary>
    public long? CacheCreation1hTokens { get; init; }

    public double? CostUsd { get; init; }

    public long? DurationMs { get; init; }

    public long? Status { get; init; }

    public string? UserAgent { get; init; }

    public string? StopReason { get; init; }

    /// <summary>The upstream's id, or one made from what the client's log told.</summary>
    public string? MessageId { get; init; }
}
