using Tracker.Storage.Connections;
using Tracker.Storage.Pricing;

namespace Tracker.Storage.Statistics;

/// <summary>How much of the input came from providers' caches, and what that saved.</summary>
public sealed class CacheSavings(TrackerConnectionFactory connections, PriceBooks prices)
{
    private static readonly IReadOnlyList<string> Columns =
        ["calls", "unpriced_calls", "input_tokens", "cache_read_tokens", "cache_creation_5m_tokens", "cache_creation_1h_tokens", "saved_nano_usd"];

    /// <summary>By model, in no order.</summary>
    public IReadOnlyList<CacheUse> GetByModel(UsageFilter filter)
    {
        using var connection = connections.OpenReadOnly();
        CacheSavingFunction.Register(connection, prices.Current);
        return
        [
            .. GroupTable.Read(connection, filter, [Grouping.Model], clock: null, Columns).Select(group => new CacheUse
            {
                Model = group.Text(Grouping.Model),
                Calls = group["calls"],
                InputTokens = group["input_tokens"],
                CacheReadTokens = group["cache_read_tokens"],
                CacheCreationTokens = group["cache_creation_5m_tokens"] + group["cache_creation_1h_tokens"],
                SavedNanoUsd = UsageSums.KnownCost(group["unpriced_calls"], group["saved_nano_usd"]),
            }),
        ];
    }
}
