namespace Tracker.Storage.Pricing;

/// <summary>How the cost of a call came about.</summary>
public sealed record CostExplanation
{
    /// <summary>Null: the model led to no price, or none was needed.</summary>
    public PriceMatch? Match { get; init; }

    /// <summary>The price of the call's day and hour.</summary>
    public Price? Price { get; init; }

    /// <summary>Null: the cost is unknown, for the reason in <see cref="Why"/>, or 0 because the call failed without using a token.</summary>
    public CostBreakdown? Breakdown { get; init; }

    public string? Why { get; init; }
}
