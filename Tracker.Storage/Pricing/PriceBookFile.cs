using System.Text.Json.Serialization;

namespace Tracker.Storage.Pricing;

/// <summary>The shape of <c>prices.json</c>; prices in USD per million tokens, <c>web_search</c> in USD per call.</summary>
internal sealed record PriceBookFile(IReadOnlyList<PriceBookEntry> Prices);

internal sealed record PriceBookEntry(
    string Id,
    string Provider,
    IReadOnlyList<string> Models,
    string? From,
    decimal Input,
    decimal Output,
    decimal CacheRead,
    [property: JsonPropertyName("cache_creation_5m")] decimal CacheCreation5m,
    [property: JsonPropertyName("cache_creation_1h")] decimal CacheCreation1h,
    decimal WebSearch,
    PriceBookBand? LongContext);

internal sealed record PriceBookBand(
    long AboveTotalInputTokens,
    decimal Input,
    decimal Output,
    decimal CacheRead,
    [property: JsonPropertyName("cache_creation_5m")] decimal CacheCreation5m,
    [property: JsonPropertyName("cache_creation_1h")] decimal CacheCreation1h);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(PriceBookFile))]
internal sealed partial class PriceBookJson : JsonSerializerContext;
