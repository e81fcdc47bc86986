using System.Text.Json.Serialization;

namespace Tracker.Storage.Pricing;

/// <summary>Prices in USD per million tokens.</summary>
/// <param name="Tier">The service tier, or <c>fast</c>; null: the standard one.</param>
/// <param name="Above">For requests with more total input than this; null: for the others.</param>
/// <param name="Input">Null: unknown, as are all others then.</param>
/// <param name="CacheRead">That of input, where the provider has no price for it.</param>
/// <param name="CacheCreation5m">Null: unknown.</param>
/// <param name="CacheCreation1h">Null: unknown.</param>
/// <param name="Output">Null: unknown, or the model gives none.</param>
public sealed record PriceFigures(
    string? Tier, long? Above, decimal? Input, decimal? CacheRead,
    [property: JsonPropertyName("cache_creation_5m")] decimal? CacheCreation5m, [property: JsonPropertyName("cache_creation_1h")] decimal? CacheCreation1h, decimal? Output);
