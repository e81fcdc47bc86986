namespace Tracker.Storage.Pricing;

/// <summary>What a public table brings.</summary>
/// <param name="Json">The refreshed price file.</param>
/// <param name="Models">How many models of known providers the table has prices for.</param>
/// <param name="Changes">What differs from the embedded book.</param>
public sealed record RefreshedPrices(byte[] Json, int Models, IReadOnlyList<PriceChange> Changes);

/// <summary>A model that is new or costs something else.</summary>
/// <param name="Provider">Who runs it.</param>
/// <param name="Model">Its name.</param>
/// <param name="Before">The figures of the embedded book; null: it has none.</param>
/// <param name="After">Those of the table.</param>
public sealed record PriceChange(string Provider, string Model, string? Before, string After);
