namespace Tracker.Storage.Pricing;

/// <summary>What a call costs at list prices. Both null: no price is known.</summary>
/// <param name="NanoUsd">In 10⁻⁹ USD. 0 for a call that failed without using a token.</param>
/// <param name="PriceId">The price it was computed with; null when none was needed.</param>
public readonly record struct Cost(long? NanoUsd, string? PriceId);
