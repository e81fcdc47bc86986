namespace Tracker.Storage.Care;

/// <summary>The calls that pruning would remove.</summary>
public sealed record PrunableCalls
{
    public long Calls { get; init; }

    /// <summary>Null when there is none.</summary>
    public DateTimeOffset? FirstAt { get; init; }

    public DateTimeOffset? LastAt { get; init; }

    /// <summary>As <see cref="Statistics.UsageSums.CostNanoUsd"/>.</summary>
    public long? CostNanoUsd { get; init; }
}
