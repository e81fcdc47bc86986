using Tracker.Storage.Connections;
using Tracker.Storage.Pricing;

namespace Tracker.Storage.Statistics;

/// <summary>What caching saved: what the same calls would have cost with all of their input as fresh input, less what they cost.</summary>
public sealed class CacheSavings(TrackerConnectionFactory connections, PriceBooks prices)
{
    /// <summary>Saved nano-USD by model, of the calls with a cost; less than 0 where more was written to the cache than was read from it.</summary>
    public IReadOnlyDictionary<string, long> GetByModel(UsageFilter filter)
    {
        using var connection = connections.OpenReadOnly();
        CacheSavingFunction.Register(connection, prices.Current);
        return GroupTable.Read(connection, filter, [Grouping.Model], clock: null, ["saved_nano_usd"])
            .ToDictionary(group => group.Text(Grouping.Model) ?? "", group => group.Values[0], StringComparer.Ordinal);
    }
}
