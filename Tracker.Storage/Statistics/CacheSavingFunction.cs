using Microsoft.Data.Sqlite;
using Tracker.Storage.Pricing;

namespace Tracker.Storage.Statistics;

/// <summary>
/// What caching saved with one call, as a function for SQL: what the same call would have cost with all of its input as fresh input, less what it costs, at the
/// prices in force. In 10⁻⁹ USD; less than 0 where more was written to the cache than was read from it.
/// </summary>
internal static class CacheSavingFunction
{
    private const string Name = "saved_by_caching";

    /// <summary>The expression over the columns of a call; 0 where no price is known.</summary>
    public const string OfCall = $"""
        CASE WHEN cost_nano_usd IS NULL OR coalesce(cache_read_tokens, 0) + coalesce(cache_creation_5m_tokens, 0) + coalesce(cache_creation_1h_tokens, 0) = 0 THEN 0
             ELSE {Name}(occurred_at_ms, provider, {RollupColumns.Model}, input_tokens, output_tokens, cache_read_tokens, cache_creation_5m_tokens, cache_creation_1h_tokens,
                         web_search_requests, service_tier, speed, inference_geo) END
        """;

    /// <summary>Makes it known to a connection.</summary>
    public static void Register(SqliteConnection connection, PriceBook prices) =>
        connection.CreateFunction<long, string?, string?, long?, long?, long?, long?, long?, long?, string?, string?, string?, long>(
            Name,
            (at, provider, model, input, output, cacheRead, cacheCreation5m, cacheCreation1h, webSearches, tier, speed, geo) => Of(prices, new PricedCall
            {
                OccurredAt = DateTimeOffset.FromUnixTimeMilliseconds(at),
                Provider = provider,
                Model = model,
                InputTokens = input,
                OutputTokens = output,
                CacheReadTokens = cacheRead,
                CacheCreation5mTokens = cacheCreation5m,
                CacheCreation1hTokens = cacheCreation1h,
                WebSearchRequests = webSearches,
                ServiceTier = tier,
                Speed = speed,
                InferenceGeo = geo,
            }),
            isDeterministic: true);

    private static long Of(PriceBook prices, in PricedCall call) =>
        prices.Explain(call).Breakdown is { } parts && Math.Abs(parts.SavedByCaching) < long.MaxValue / 2 ? (long)Math.Round(parts.SavedByCaching, MidpointRounding.AwayFromZero) : 0;
}
