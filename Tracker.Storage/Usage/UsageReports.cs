using Dapper;
using Tracker.Storage.Connections;

namespace Tracker.Storage.Usage;

/// <summary>Sums over the stored calls. Every method reads through a connection of its own and closes it at once.</summary>
public sealed class UsageReports(TrackerConnectionFactory connections)
{
    private const string Sums = """
        count(*)                                   AS Calls,
        coalesce(sum(input_tokens), 0)             AS InputTokens,
        coalesce(sum(cache_read_tokens), 0)        AS CacheReadTokens,
        coalesce(sum(cache_creation_5m_tokens), 0) AS CacheCreation5mTokens,
        coalesce(sum(cache_creation_1h_tokens), 0) AS CacheCreation1hTokens,
        coalesce(sum(output_tokens), 0)            AS OutputTokens,
        CASE WHEN count(*) = 0 THEN 0 ELSE sum(cost_nano_usd) END AS CostNanoUsd,
        count(*) - count(cost_nano_usd)            AS UnpricedCalls,
        coalesce(sum(outcome <> 'completed'), 0)   AS FailedCalls
        """;

    /// <summary>Totals of the calls sent from <paramref name="from"/> on.</summary>
    public UsageTotals GetTotals(DateTimeOffset from)
    {
        const string sql = $"SELECT {Sums} FROM usage WHERE occurred_at_ms >= @fromMs";
        using var connection = connections.OpenReadOnly();
        return connection.QuerySingle<UsageTotals>(sql, new { fromMs = from.ToUnixTimeMilliseconds() });
    }

    /// <summary>Totals per day (UTC) and model, newest day first.</summary>
    public IReadOnlyList<DailyUsage> GetDailyUsage(DateTimeOffset from)
    {
        const string sql = $"""
            SELECT date(occurred_at_ms / 1000, 'unixepoch') AS Day, coalesce(response_model, request_model) AS Model, {Sums}
            FROM   usage
            WHERE  occurred_at_ms >= @fromMs
            GROUP  BY 1, 2
            ORDER  BY 1 DESC, CostNanoUsd DESC, 2
            """;
        using var connection = connections.OpenReadOnly();
        return connection.Query<DailyUsage>(sql, new { fromMs = from.ToUnixTimeMilliseconds() }).AsList();
    }
}
