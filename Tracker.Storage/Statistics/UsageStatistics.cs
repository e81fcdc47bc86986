using Tracker.Storage.Connections;
using Tracker.Storage.Usage;

namespace Tracker.Storage.Statistics;

/// <summary>Sums over the stored calls. Every method reads through a connection of its own and closes it at once.</summary>
public sealed class UsageStatistics(TrackerConnectionFactory connections, TimeProvider time)
{
    private static readonly IReadOnlyList<string> Columns = [.. RollupColumns.Sums.Select(sum => sum.Name), "first_at_ms", "last_at_ms"];

    /// <summary>The sums of all calls of the filter; zeros when there are none.</summary>
    public UsageSums GetTotal(UsageFilter filter) => Read(filter, TimeZoneInfo.Utc, []) is [var total] ? total : new UsageSums { CostNanoUsd = 0 };

    /// <summary>The sums of each group that has calls, in no order.</summary>
    /// <param name="filter">Which calls.</param>
    /// <param name="zone">Whose days and hours.</param>
    /// <param name="by">By what groups are told apart.</param>
    public IReadOnlyList<UsageSums> GetGroups(UsageFilter filter, TimeZoneInfo zone, params IReadOnlyList<Grouping> by) => by.Count == 0 ? [GetTotal(filter)] : Read(filter, zone, by);

    /// <summary>The sessions with the greatest cost, or the latest ones.</summary>
    /// <param name="filter">Which calls; sums are of these alone.</param>
    /// <param name="byCost">Those that cost most, instead of the latest.</param>
    /// <param name="limit">The most sessions there are.</param>
    public IReadOnlyList<SessionSums> GetSessions(UsageFilter filter, bool byCost, int limit)
    {
        ArgumentNullException.ThrowIfNull(filter);
        using var connection = connections.OpenReadOnly();
        var sessions = GroupTable.Read(connection, filter, [Grouping.Session, Grouping.Model, Grouping.Client, Grouping.Provider, Grouping.Project], clock: null, Columns)
            .Where(group => group.Text(Grouping.Session) is not null).GroupBy(group => group.Number(Grouping.Session));
        return
        [
            .. sessions.OrderByDescending(session => byCost ? session.Sum(group => group["cost_nano_usd"]) : session.Max(group => group["last_at_ms"]))
                .ThenBy(session => session.First().Text(Grouping.Session), StringComparer.Ordinal)
                .Take(limit).Select(session => ToSession([.. session.Select(ToSums)])),
        ];
    }

    /// <summary>When the first call was sent, pruned or not; null when there is none.</summary>
    public DateTimeOffset? GetFirstTime()
    {
        const string sql = """
            SELECT min(first_at_ms)
            FROM   (SELECT min(occurred_at_ms) AS first_at_ms FROM usage
                    UNION ALL
                    SELECT min(first_at_ms) FROM pruned_rollup WHERE quarter = (SELECT min(quarter) FROM pruned_rollup))
            """;
        using var connection = connections.OpenReadOnly();
        using var first = new Statement(connection, sql);
        return first.Step() && first.Number(0) is { } ms ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : null;
    }

    private static SessionSums ToSession(List<UsageSums> groups)
    {
        var sums = UsageSums.Of(groups) with
        {
            Session = groups[0].Session,
            Client = groups.Max(group => group.Client),
            Provider = groups.Max(group => group.Provider),
            Project = groups.Max(group => group.Project),
            Model = groups.Max(group => group.Model),
        };
        return new SessionSums(sums, groups.Select(group => group.Model).Distinct(StringComparer.Ordinal).Count());
    }

    private List<UsageSums> Read(UsageFilter filter, TimeZoneInfo zone, IReadOnlyList<Grouping> by)
    {
        ArgumentNullException.ThrowIfNull(filter);
        var clock = by.Contains(Grouping.Day) || by.Contains(Grouping.Hour) ? ClockOf(filter, zone) : null;
        using var connection = connections.OpenReadOnly();
        return [.. GroupTable.Read(connection, filter, by, clock, Columns).Select(ToSums)];
    }

    // The clock is asked for the time there are calls of, not for all time. Calls from before 1970 have a wrong time, such as the zero of a program: its offset is as good as any.
    private LocalClock ClockOf(UsageFilter filter, TimeZoneInfo zone)
    {
        var from = GetFirstTime() is { } first && first > filter.From ? first : filter.From;
        from = from > DateTimeOffset.UnixEpoch ? from : DateTimeOffset.UnixEpoch;
        var latest = time.GetUtcNow();
        return new LocalClock(zone, from, filter.To < latest ? filter.To : latest);
    }

    private static UsageSums ToSums(GroupTable.Group group)
    {
        var hour = group.Number(Grouping.Hour);
        var day = group.Number(Grouping.Day) ?? (hour is { } ofDay ? LocalClock.DayOf(ofDay, 24) : null);
        return new UsageSums
        {
            Day = day is { } number ? LocalClock.ToDate(number) : null,
            Hour = (int?)(hour - (day * 24)),
            Provider = group.Text(Grouping.Provider),
            Client = group.Text(Grouping.Client),
            Model = group.Text(Grouping.Model),
            Project = group.Text(Grouping.Project),
            Session = group.Text(Grouping.Session),
            AuthMode = group.Text(Grouping.AuthMode),
            Evidence = (Evidence)(group.Number(Grouping.Evidence) ?? 0),
            Calls = group["calls"],
            FailedCalls = group["failed_calls"],
            UnpricedCalls = group["unpriced_calls"],
            UncountedCalls = group["uncounted_calls"],
            InputTokens = group["input_tokens"],
            CacheReadTokens = group["cache_read_tokens"],
            CacheCreation5mTokens = group["cache_creation_5m_tokens"],
            CacheCreation1hTokens = group["cache_creation_1h_tokens"],
            OutputTokens = group["output_tokens"],
            ReasoningTokens = group["reasoning_tokens"],
            WebSearchRequests = group["web_search_requests"],
            ToolCalls = group["tool_calls"],
            CostNanoUsd = UsageSums.KnownCost(group["unpriced_calls"], group["cost_nano_usd"]),
            ClientCostNanoUsd = group["client_cost_nano_usd"],
            DurationMs = group["duration_ms"],
            FirstAt = DateTimeOffset.FromUnixTimeMilliseconds(group["first_at_ms"]),
            LastAt = DateTimeOffset.FromUnixTimeMilliseconds(group["last_at_ms"]),
        };
    }
}
