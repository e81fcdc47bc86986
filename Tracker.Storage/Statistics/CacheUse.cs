namespace Tracker.Storage.Statistics;

/// <summary>What calls of one model read from and wrote to the provider's cache.</summary>
public sealed record CacheUse
{
    /// <summary>Null: unknown.</summary>
    public string? Model { get; init; }

    public long Calls { get; init; }

    /// <summary>Fresh input.</summary>
    public long InputTokens { get; init; }

    public long CacheReadTokens { get; init; }

    /// <summary>For five minutes and for an hour.</summary>
    public long CacheCreationTokens { get; init; }

    /// <summary>
    /// What the same calls would have cost with all of their input as fresh input, less what they cost, in 10⁻⁹ USD; less than 0 where more was written to the cache
    /// than was read from it. Null when none of the calls has a price.
    /// </summary>
    public long? SavedNanoUsd { get; init; }

    /// <summary>All that went in.</summary>
    public long TotalInputTokens => InputTokens + CacheReadTokens + CacheCreationTokens;
}
