namespace Tracker.Storage.Statistics;

/// <summary>Calls that have something in common which their owner may want to change.</summary>
public sealed record Insight
{
    /// <summary>The model, project or session it is about.</summary>
    public string? About { get; init; }

    public long Calls { get; init; }

    /// <summary>The tokens that matter here: see the query.</summary>
    public long Tokens { get; init; }

    /// <summary>What these calls cost in all; null when none of them has a price.</summary>
    public long? CostNanoUsd { get; init; }
}
