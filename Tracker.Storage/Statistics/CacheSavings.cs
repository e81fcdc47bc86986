using Dapper;
using Tracker.Storage.Connections;
using Tracker.Storage.Pricing;

namespace Tracker.Storage.Statistics;

/// <summary>What caching saved: what the same calls would have cost with all of their input as fresh input, less what they cost. Computed call by call, at the prices in force.</summary>
public sealed class CacheSavings(TrackerConnectionFactory connections, PriceBooks prices)
{
    /// <summary>More calls would be read for too long; what they saved is then not told.</summary>
    public const int MostCalls = 200_000;

    /// <summary>Saved nano-USD by model, of the calls with a cost; less than 0 where more was written to the cache than was read from it.</summary>
    public IReadOnlyDictionary<string, long> GetByModel(UsageFilter filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        var sql = $"""
            SELECT occurred_at_ms AS OccurredAtMs, provider AS Provider, {RollupColumns.Model} AS Model, input_tokens AS InputTokens, output_tokens AS OutputTokens,
                   cache_read_tokens AS CacheReadTokens, cache_creation_5m_tokens AS CacheCreation5mTokens, cache_creation_1h_tokens AS CacheCreation1hTokens,
                   web_search_requests AS WebSearchRequests, service_tier AS ServiceTier, speed AS Speed, inference_geo AS InferenceGeo
            FROM   usage
            WHERE  occurred_at_ms >= @FromMs AND occurred_at_ms < @ToMs AND cost_nano_usd IS NOT NULL AND {RollupColumns.Model} IS NOT NULL
                   AND (cache_read_tokens > 0 OR cache_creation_5m_tokens > 0 OR cache_creation_1h_tokens > 0){filter.ConditionsOnCalls()}
            """;
        var book = prices.Current;
        var saved = new Dictionary<string, decimal>(StringComparer.Ordinal);
        using var connection = connections.OpenReadOnly();
        foreach (var call in connection.Query<Row>(sql, filter.Parameters(), buffered: false))
        {
            if (book.Explain(call.ToPricedCall()).Breakdown is { } parts)
            {
                saved[call.Model] = saved.GetValueOrDefault(call.Model) + parts.SavedByCaching;
            }
        }

        return saved.ToDictionary(pair => pair.Key, pair => (long)Math.Round(pair.Value, MidpointRounding.AwayFromZero), StringComparer.Ordinal);
    }

    private sealed record Row
    {
        public long OccurredAtMs { get; init; }

        public string? Provider { get; init; }

        public string Model { get; init; } = "";

        public long? InputTokens { get; init; }

        public long? OutputTokens { get; init; }

        public long? CacheReadTokens { get; init; }

        public long? CacheCreation5mTokens { get; init; }

        public long? CacheCreation1hTokens { get; init; }

        public long? WebSearchRequests { get; init; }

        public string? ServiceTier { get; init; }

        public string? Speed { get; init; }

        public string? InferenceGeo { get; init; }

        public PricedCall ToPricedCall() => new()
        {
            OccurredAt = DateTimeOffset.FromUnixTimeMilliseconds(OccurredAtMs),
            Provider = Provider,
            Model = Model,
            InputTokens = InputTokens,
            OutputTokens = OutputTokens,
            CacheReadTokens = CacheReadTokens,
            CacheCreation5mTokens = CacheCreation5mTokens,
            CacheCreation1hTokens = CacheCreation1hTokens,
            WebSearchRequests = WebSearchRequests,
            ServiceTier = ServiceTier,
            Speed = Speed,
            InferenceGeo = InferenceGeo,
        };
    }
}
