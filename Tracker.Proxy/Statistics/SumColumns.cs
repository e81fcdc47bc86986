using Tracker.Storage.Statistics;

namespace Tracker.Proxy.Statistics;

/// <summary>The columns that every report of sums ends with.</summary>
internal static class SumColumns
{
    /// <summary>Their object in JSON.</summary>
    public const string Group = "totals";

    public static readonly IReadOnlyList<ReportColumn> All =
    [
        new("calls", ColumnKind.Count, "Model calls", Group) { IsKnown = true },
        new("input_tokens", ColumnKind.Count, "Fresh input: neither read from nor written to the provider's cache", Group) { Heading = "input", IsKnown = true },
        new("cache_read_tokens", ColumnKind.Count, "Read from the provider's cache", Group) { Heading = "cache_read", IsKnown = true },
        new("cache_creation_tokens", ColumnKind.Count, "Written to the provider's cache", Group) { Heading = "cache_creation", IsKnown = true },
        new("cache_creation_5m_tokens", ColumnKind.Count, "The part written for five minutes", Group, OnlyJson: true) { IsKnown = true },
        new("cache_creation_1h_tokens", ColumnKind.Count, "The part written for an hour", Group, OnlyJson: true) { IsKnown = true },
        new("output_tokens", ColumnKind.Count, "All that came out, reasoning included", Group) { Heading = "output", IsKnown = true },
        new("reasoning_tokens", ColumnKind.Count, "The part of the output spent thinking", Group, OnlyJson: true) { IsKnown = true },
        new("web_search_requests", ColumnKind.Count, "Searches by the provider", Group, OnlyJson: true) { IsKnown = true },
        new("tool_calls", ColumnKind.Count, "Tools that models asked for", Group, OnlyJson: true) { IsKnown = true },
        new("cost", ColumnKind.Money, "At list prices, of the calls whose price is known; null when there are calls and none of them has one", Group),
        new("client_cost", ColumnKind.Money, "What clients themselves reported", Group, OnlyJson: true) { IsKnown = true },
        new("unpriced_calls", ColumnKind.Count, "Calls whose tokens are known and whose price, or one of whose counts, is not; they are missing from the cost", Group) { Heading = "unpriced", IsKnown = true },
        new("uncounted_calls", ColumnKind.Count, "Calls whose tokens nobody reported, but for those that failed before any content came; they are missing from tokens and cost", Group, OnlyJson: true) { IsKnown = true },
        new("failed_calls", ColumnKind.Count, "Calls that ended in an error or broke off", Group) { Heading = "failed", IsKnown = true },
        new("duration_ms", ColumnKind.Count, "Time of the calls that the proxy saw, added up", Group, OnlyJson: true) { IsKnown = true },
        new("first_at", ColumnKind.Time, "The first call", Group, OnlyJson: true),
        new("last_at", ColumnKind.Time, "The last call", Group, OnlyJson: true),
    ];

    public static object?[] ValuesOf(UsageSums sums) =>
    [
        sums.Calls, sums.InputTokens, sums.CacheReadTokens, sums.CacheCreation5mTokens + sums.CacheCreation1hTokens, sums.CacheCreation5mTokens, sums.CacheCreation1hTokens,
        sums.OutputTokens, sums.ReasoningTokens, sums.WebSearchRequests, sums.ToolCalls, sums.CostNanoUsd, sums.ClientCostNanoUsd, sums.CallsWithoutPrice, sums.UncountedCalls,
        sums.FailedCalls, sums.DurationMs, sums.FirstAt, sums.LastAt,
    ];
}
