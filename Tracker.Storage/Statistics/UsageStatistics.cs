using Dapper;
using Tracker.Storage.Connections;
using Tracker.Storage.Usage;

namespace Tracker.Storage.Statistics;

/// <summary>Sums over the stored calls. Every method reads through a connection of its own and closes it at once.</summary>
public sealed class UsageStatistics(TrackerConnectionFactory connections, TimeProvider time)
{
    private static readonly string Sums = string.Join(", ",
    [
        .. RollupColumns.Sums.Where(sum => sum.Name != "cost_nano_usd").Select(sum => $"coalesce(sum({sum.Name}), 0) AS {RollupColumns.Property(sum.Name)}"),
        "CASE WHEN sum(calls) > 0 AND sum(calls) = sum(unpriced_calls) THEN NULL ELSE coalesce(sum(cost_nano_usd), 0) END AS CostNanoUsd",
        "min(first_at_ms) AS FirstAtMs", "max(last_at_ms) AS LastAtMs",
    ]);

    /// <summary>The sums of all calls of the filter; zeros when there are none.</summary>
    public UsageSums GetTotal(UsageFilter filter) => Read(filter, TimeZoneInfo.Utc, []).Single();

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
        var sql = $"""
            SELECT session_id AS SessionId, max(client) AS Client, max(provider) AS Provider, max(project) AS Project, max(model) AS Model, count(DISTINCT model) AS Models, {Sums}
            FROM   ({UsageFacts.Sql(filter)})
            WHERE  session_id <> ''
            GROUP  BY session_id
            ORDER  BY {(byCost ? "sum(cost_nano_usd)" : "max(last_at_ms)")} DESC, session_id
            LIMIT  @limit
            """;
        var parameters = filter.Parameters();
        parameters.Add("limit", limit);
        using var connection = connections.OpenReadOnly();
        return [.. connection.Query<Row>(sql, parameters).Select(row => new SessionSums(row.ToSums(), row.Models))];
    }

    /// <summary>When the first call was sent; null when there is none.</summary>
    public DateTimeOffset? GetFirstTime()
    {
        using var connection = connections.OpenReadOnly();
        return connection.ExecuteScalar<long?>("SELECT min(occurred_at_ms) FROM usage") is { } ms ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : null;
    }

    private List<UsageSums> Read(UsageFilter filter, TimeZoneInfo zone, IReadOnlyList<Grouping> by)
    {
        var localQuarter = by.Contains(Grouping.Day) || by.Contains(Grouping.Hour) ? LocalQuarter(filter, zone) : "quarter";
        var keys = by.Select(grouping => KeyOf(grouping, localQuarter)).ToList();
        var sql = $"""
            SELECT {string.Concat(keys.Select(key => $"{key.Sql} AS {key.Name}, "))}{Sums}
            FROM   ({UsageFacts.Sql(filter)})
            {(keys.Count == 0 ? "" : $"GROUP BY {string.Join(", ", keys.Select(key => key.Name))}")}
            """;
        using var connection = connections.OpenReadOnly();
        return [.. connection.Query<Row>(sql, filter.Parameters()).Select(row => row.ToSums())];
    }

    // The clock is asked for the time there are calls of, not for all time.
    private string LocalQuarter(UsageFilter filter, TimeZoneInfo zone)
    {
        var from = GetFirstTime() is { } first && first > filter.From ? first : filter.From;
        var latest = time.GetUtcNow();
        return LocalTime.QuarterSql(zone, from, filter.To < latest ? filter.To : latest);
    }

    private static (string Name, string Sql) KeyOf(Grouping grouping, string localQuarter) => grouping switch
    {
        Grouping.Day => ("LocalDay", $"{localQuarter} / 96"),
        Grouping.Hour => ("LocalHour", $"{localQuarter} / 4"),
        Grouping.Provider => ("Provider", "provider"),
        Grouping.Client => ("Client", "client"),
        Grouping.Model => ("Model", "model"),
        Grouping.Project => ("Project", "project"),
        Grouping.Session => ("SessionId", "session_id"),
        Grouping.AuthMode => ("AuthMode", "auth_mode"),
        Grouping.Evidence => ("Evidence", "evidence"),
        Grouping.Price => ("PriceId", "price_id"),
        _ => throw new ArgumentOutOfRangeException(nameof(grouping), grouping, null),
    };

    /// <summary>As the statement answers.</summary>
    private sealed record Row
    {
        public long? LocalDay { get; init; }

        public long? LocalHour { get; init; }

        public string? Provider { get; init; }

        public string? Client { get; init; }

        public string? Model { get; init; }

        public string? Project { get; init; }

        public string? SessionId { get; init; }

        public string? AuthMode { get; init; }

        public long Evidence { get; init; }

        public string? PriceId { get; init; }

        public long Models { get; init; }

        public long Calls { get; init; }

        public long FailedCalls { get; init; }

        public long UnpricedCalls { get; init; }

        public long UncountedCalls { get; init; }

        public long InputTokens { get; init; }

        public long CacheReadTokens { get; init; }

        public long CacheCreation5mTokens { get; init; }

        public long CacheCreation1hTokens { get; init; }

        public long OutputTokens { get; init; }

        public long ReasoningTokens { get; init; }

        public long WebSearchRequests { get; init; }

        public long ToolCalls { get; init; }

        public long? CostNanoUsd { get; init; }

        public long ClientCostNanoUsd { get; init; }

        public long DurationMs { get; init; }

        public long? FirstAtMs { get; init; }

        public long? LastAtMs { get; init; }

        public UsageSums ToSums() => new()
        {
            Day = (LocalDay ?? (LocalHour / 24)) is { } day ? DateOnly.FromDateTime(DateTime.UnixEpoch.AddDays(day)) : null,
            Hour = (int?)(LocalHour % 24),
            Provider = Known(Provider),
            Client = Known(Client),
            Model = Known(Model),
            Project = Known(Project),
            Session = Known(SessionId),
            AuthMode = Known(AuthMode),
            Evidence = (Evidence)Evidence,
            PriceId = Known(PriceId),
            Calls = Calls,
            FailedCalls = FailedCalls,
            UnpricedCalls = UnpricedCalls,
            UncountedCalls = UncountedCalls,
            InputTokens = InputTokens,
            CacheReadTokens = CacheReadTokens,
            CacheCreation5mTokens = CacheCreation5mTokens,
            CacheCreation1hTokens = CacheCreation1hTokens,
            OutputTokens = OutputTokens,
            ReasoningTokens = ReasoningTokens,
            WebSearchRequests = WebSearchRequests,
            ToolCalls = ToolCalls,
            CostNanoUsd = CostNanoUsd,
            ClientCostNanoUsd = ClientCostNanoUsd,
            DurationMs = DurationMs,
            FirstAt = FirstAtMs is { } first ? DateTimeOffset.FromUnixTimeMilliseconds(first) : null,
            LastAt = LastAtMs is { } last ? DateTimeOffset.FromUnixTimeMilliseconds(last) : null,
        };

        private static string? Known(string? text) => text is { Length: > 0 } ? text : null;
    }
}
