using Dapper;
using Tracker.Storage.Connections;

namespace Tracker.Storage.Statistics;

/// <summary>Patterns worth a look. They say what was, and never what would have been saved.</summary>
public sealed class InsightQueries(TrackerConnectionFactory connections)
{
    /// <summary>An answer of so few tokens that a small model might have given it.</summary>
    public const int TinyOutput = 50;

    /// <summary>All that goes in, above which each further call of a session is dear.</summary>
    public const int LargeContext = 150_000;

    /// <summary>The shorter lifetime of a cache entry (Anthropic's documentation, seen 2026-11).</summary>
    public static readonly TimeSpan ShortCacheLifetime = TimeSpan.FromMinutes(5);

    public static readonly TimeSpan LongCacheLifetime = TimeSpan.FromHours(1);

    private const string TotalInput =
        "(coalesce(input_tokens, 0) + coalesce(cache_read_tokens, 0) + coalesce(cache_creation_5m_tokens, 0) + coalesce(cache_creation_1h_tokens, 0))";

    private const string CacheCreation = "(coalesce(cache_creation_5m_tokens, 0) + coalesce(cache_creation_1h_tokens, 0))";

    /// <summary>By session: more tokens were written to the cache than were ever read from it. <see cref="Insight.Tokens"/>: those written.</summary>
    public IReadOnlyList<Insight> GetCacheHardlyRead(UsageFilter filter) => Read(filter, $"""
        SELECT   session_id AS About, count(*) AS Calls, sum({CacheCreation}) AS Tokens, sum(cost_nano_usd) AS CostNanoUsd
        FROM     asked
        WHERE    session_id IS NOT NULL
        GROUP BY session_id
        HAVING   sum({CacheCreation}) > 100000 AND sum({CacheCreation}) > sum(coalesce(cache_read_tokens, 0))
        ORDER BY Tokens DESC LIMIT 5
        """);

    /// <summary>By model: completed answers of at most <see cref="TinyOutput"/> tokens that asked for no tool. <see cref="Insight.Tokens"/>: what went in.</summary>
    public IReadOnlyList<Insight> GetTinyAnswers(UsageFilter filter) => Read(filter, $"""
        SELECT   {RollupColumns.Model} AS About, count(*) AS Calls, sum({TotalInput}) AS Tokens, sum(cost_nano_usd) AS CostNanoUsd
        FROM     asked
        WHERE    outcome = 'completed' AND output_tokens <= {TinyOutput} AND coalesce(tool_call_count, 0) = 0
        GROUP BY 1
        HAVING   count(*) >= 20 AND sum(cost_nano_usd) > 0
        ORDER BY CostNanoUsd DESC LIMIT 5
        """);

    /// <summary>By project: calls with more than <see cref="LargeContext"/> tokens of input. <see cref="Insight.Tokens"/>: what went in.</summary>
    public IReadOnlyList<Insight> GetLargeContexts(UsageFilter filter) => Read(filter, $"""
        SELECT   project AS About, count(*) AS Calls, sum({TotalInput}) AS Tokens, sum(cost_nano_usd) AS CostNanoUsd
        FROM     asked
        WHERE    {TotalInput} > {LargeContext}
        GROUP BY 1
        ORDER BY CostNanoUsd DESC LIMIT 5
        """);

    /// <summary>
    /// By project: calls that came later than the short and sooner than the long lifetime after the session's call before, and wrote more to the
    /// five-minute cache than they read. <see cref="Insight.Tokens"/>: those written.
    /// </summary>
    public IReadOnlyList<Insight> GetCacheOutlived(UsageFilter filter) => Read(filter, $"""
        SELECT   project AS About, count(*) AS Calls, sum(cache_creation_5m_tokens) AS Tokens, sum(cost_nano_usd) AS CostNanoUsd
        FROM
        (
            SELECT project, cache_creation_5m_tokens, cache_read_tokens, cost_nano_usd,
                   occurred_at_ms - lag(occurred_at_ms) OVER (PARTITION BY session_id, agent_id, {RollupColumns.Model} ORDER BY occurred_at_ms) AS pause
            FROM   asked
            WHERE  session_id IS NOT NULL
        )
        WHERE    pause > {(long)ShortCacheLifetime.TotalMilliseconds} AND pause <= {(long)LongCacheLifetime.TotalMilliseconds} AND cache_creation_5m_tokens > coalesce(cache_read_tokens, 0)
        GROUP BY 1
        ORDER BY Tokens DESC LIMIT 5
        """);

    private List<Insight> Read(UsageFilter filter, string sql)
    {
        using var connection = connections.OpenReadOnly();
        return connection.Query<Insight>(
            $"WITH asked AS (SELECT * FROM usage WHERE occurred_at_ms >= @FromMs AND occurred_at_ms < @ToMs{filter.ConditionsOnCalls()}) {sql}", filter.Parameters()).AsList();
    }
}
