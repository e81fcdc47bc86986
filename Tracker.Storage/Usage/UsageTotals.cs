namespace Tracker.Storage.Usage;

/// <summary>Sums over some calls. Calls whose counts or price are unknown are counted in <see cref="Calls"/> and <see cref="UnpricedCalls"/>, and add nothing to the sums.</summary>
public record UsageTotals
{
    public long Calls { get; init; }

    public long InputTokens { get; init; }

    public long CacheReadTokens { get; init; }

    public long CacheCreation5mTokens { get; init; }

    public long CacheCreation1hTokens { get; init; }

    public long OutputTokens { get; init; }

    /// <summary>At list prices, in 10⁻⁹ USD, of the calls whose price is known; null when there are calls and none of them has one.</summary>
    public long? CostNanoUsd { get; init; }

    /// <summary>Calls without a known price: what they cost is missing from <see cref="CostNanoUsd"/>.</summary>
    public long UnpricedCalls { get; init; }

    /// <summary>Calls that ended in an error or broke off.</summary>
    public long FailedCalls { get; init; }
}

/// <summary>The totals of one day (UTC) and model.</summary>
public sealed record DailyUsage : UsageTotals
{
    /// <summary><c>2026-11-23</c>.</summary>
    public string Day { get; init; } = "";

    /// <summary>The model that answered, else the one asked for; null when neither is known.</summary>
    public string? Model { get; init; }
}
