using Tracker.Storage.Usage;

namespace Tracker.Storage.Statistics;

/// <summary>The sums of one group of calls, and what the group has in common: null where the report does not tell groups apart by it, or where it is unknown.</summary>
public sealed record UsageSums
{
    /// <summary><see cref="KnownCost(long, long)"/> as SQL over a group of calls.</summary>
    internal const string KnownCostOfCalls = "iif(count(cost_nano_usd) = count(*), sum(cost_nano_usd), nullif(sum(cost_nano_usd), 0))";

    /// <summary>With <see cref="Grouping.Day"/> or <see cref="Grouping.Hour"/>.</summary>
    public DateOnly? Day { get; init; }

    /// <summary>0 to 23, with <see cref="Grouping.Hour"/>.</summary>
    public int? Hour { get; init; }

    public string? Provider { get; init; }

    public string? Client { get; init; }

    public string? Model { get; init; }

    public string? Project { get; init; }

    public string? Session { get; init; }

    /// <summary><c>api_key</c> or <c>subscription</c>.</summary>
    public string? AuthMode { get; init; }

    public Evidence Evidence { get; init; }

    public long Calls { get; init; }

    /// <summary>Calls that ended in an error or broke off.</summary>
    public long FailedCalls { get; init; }

    /// <summary>Calls without a known cost, which is missing from <see cref="CostNanoUsd"/>: the uncounted ones, and those without a price.</summary>
    public long UnpricedCalls { get; init; }

    /// <summary>Calls whose tokens nobody reported, but for those that failed before any content came.</summary>
    public long UncountedCalls { get; init; }

    public long InputTokens { get; init; }

    public long CacheReadTokens { get; init; }

    public long CacheCreation5mTokens { get; init; }

    public long CacheCreation1hTokens { get; init; }

    public long OutputTokens { get; init; }

    public long ReasoningTokens { get; init; }

    public long WebSearchRequests { get; init; }

    public long ToolCalls { get; init; }

    /// <summary>At list prices, in 10⁻⁹ USD, of the calls whose price is known; null when some have none and the others cost nothing, as a call that failed.</summary>
    public long? CostNanoUsd { get; init; }

    /// <summary>What clients themselves reported, in 10⁻⁹ USD.</summary>
    public long ClientCostNanoUsd { get; init; }

    /// <summary>Of all calls together; calls known from logs alone have none.</summary>
    public long DurationMs { get; init; }

    /// <summary>The first and the last call; null when there is none.</summary>
    public DateTimeOffset? FirstAt { get; init; }

    public DateTimeOffset? LastAt { get; init; }

    /// <summary>Calls whose tokens are known and whose price, or one of whose counts, is not. A call whose tokens nobody reported has no cost either, and no price would give it one.</summary>
    public long CallsWithoutPrice => UnpricedCalls - UncountedCalls;

    /// <summary>What several groups cost together, as far as it is known; null when that is nothing and some cost is unknown. No groups cost nothing.</summary>
    public static long? KnownCost(IEnumerable<long?> costs)
    {
        ArgumentNullException.ThrowIfNull(costs);
        var (sum, isKnown) = (0L, true);
        foreach (var cost in costs)
        {
            sum += cost ?? 0;
            isKnown &= cost is not null;
        }

        return isKnown || sum != 0 ? sum : null;
    }

    /// <summary>The sums of several groups that have no call in common.</summary>
    public static UsageSums Of(IEnumerable<UsageSums> groups)
    {
        ArgumentNullException.ThrowIfNull(groups);
        var sum = new UsageSums();
        var cost = 0L;
        foreach (var group in groups)
        {
            cost += group.CostNanoUsd ?? 0;
            sum = new UsageSums
            {
                Calls = sum.Calls + group.Calls,
                FailedCalls = sum.FailedCalls + group.FailedCalls,
                UnpricedCalls = sum.UnpricedCalls + group.UnpricedCalls,
                UncountedCalls = sum.UncountedCalls + group.UncountedCalls,
                InputTokens = sum.InputTokens + group.InputTokens,
                CacheReadTokens = sum.CacheReadTokens + group.CacheReadTokens,
                CacheCreation5mTokens = sum.CacheCreation5mTokens + group.CacheCreation5mTokens,
                CacheCreation1hTokens = sum.CacheCreation1hTokens + group.CacheCreation1hTokens,
                OutputTokens = sum.OutputTokens + group.OutputTokens,
                ReasoningTokens = sum.ReasoningTokens + group.ReasoningTokens,
                WebSearchRequests = sum.WebSearchRequests + group.WebSearchRequests,
                ToolCalls = sum.ToolCalls + group.ToolCalls,
                ClientCostNanoUsd = sum.ClientCostNanoUsd + group.ClientCostNanoUsd,
                DurationMs = sum.DurationMs + group.DurationMs,
                FirstAt = sum.FirstAt < group.FirstAt ? sum.FirstAt : group.FirstAt ?? sum.FirstAt,
                LastAt = sum.LastAt > group.LastAt ? sum.LastAt : group.LastAt ?? sum.LastAt,
            };
        }

        return sum with { CostNanoUsd = KnownCost(sum.UnpricedCalls, cost) };
    }

    /// <summary>The cost of a group, of whose calls some may have none. Beside those, a sum of nothing is no cost: one failed call would make it out of many unknown ones.</summary>
    internal static long? KnownCost(long unpriced, long cost) => unpriced > 0 && cost == 0 ? null : cost;
}
