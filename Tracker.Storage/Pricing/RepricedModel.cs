namespace Tracker.Storage.Pricing;

/// <summary>What computing costs again changed for the calls of one model.</summary>
public sealed record RepricedModel
{
    public string? Provider { get; init; }

    public string? Model { get; init; }

    public long Calls { get; init; }

    /// <summary>Calls whose cost is another than before.</summary>
    public long ChangedCalls { get; init; }

    /// <summary>Calls whose cost is the same by a price of another name.</summary>
    public long RenamedCalls { get; init; }

    public long BeforeNanoUsd { get; init; }

    public long AfterNanoUsd { get; init; }

    /// <summary>Calls with tokens and without a cost.</summary>
    public long UnpricedBefore { get; init; }

    public long UnpricedAfter { get; init; }
}
