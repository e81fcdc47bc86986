namespace Tracker.Storage.Pricing;

/// <summary>What each part of a call costs, exactly, in 10⁻⁹ USD. Only <see cref="TotalNanoUsd"/> is rounded, once: to the nearest, a half up.</summary>
public sealed record CostBreakdown
{
    public required decimal Input { get; init; }

    public required decimal CacheRead { get; init; }

    public required decimal CacheCreation5m { get; init; }

    public required decimal CacheCreation1h { get; init; }

    public required decimal Output { get; init; }

    /// <summary>Web searches, and what a request costs as such.</summary>
    public required decimal Fees { get; init; }

    /// <summary>What the same call would have cost with all of its cached tokens as fresh input.</summary>
    public required decimal Uncached { get; init; }

    public decimal Exact => Input + CacheRead + CacheCreation5m + CacheCreation1h + Output + Fees;

    public long TotalNanoUsd => (long)Math.Round(Exact, MidpointRounding.AwayFromZero);

    /// <summary>What caching saved; less than 0 when more was written to the cache than was read from it.</summary>
    public decimal SavedByCaching => Uncached - Exact;
}
