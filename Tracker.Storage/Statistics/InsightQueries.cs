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

    private const long MuchWritten = 100_000;
    private const int Most = 5;

    /// <summary>By session: more tokens were written to the cache than were ever read from it. <see cref="Insight.Tokens"/>: those written.</summary>
    public IReadOnlyList<Insight> GetCacheHardlyRead(UsageFilter filter) =>
    [
        .. Read(filter, Grouping.Session, "calls", "cache_creation_5m_tokens", "cost_nano_usd", "unpriced_calls", "cache_read_tokens", "cache_creation_1h_tokens")
            .Select(group => (Group: group, Written: group.Values[1] + group.Values[5]))
            .Where(session => session.Group.Text(Grouping.Session) is not null && session.Written > MuchWritten && session.Written > session.Group.Values[4])
            .OrderByDescending(session => session.Written).Take(Most)
            .Select(session => new Insight
            {
                About = session.Group.Text(Grouping.Session),
                Calls = session.Group.Values[0],
                Tokens = session.Written,
                CostNanoUsd = UsageSums.KnownCost(session.Group.Values[0], session.Group.Values[3], session.Group.Values[2]),
            }),
    ];

    /// <summary>By model: completed answers of at most <see cref="TinyOutput"/> tokens that asked for no tool. <see cref="Insight.Tokens"/>: what went in.</summary>
    public IReadOnlyList<Insight> GetTinyAnswers(UsageFilter filter) =>
    [
        .. Read(filter, Grouping.Model, "tiny_calls", "tiny_input_tokens", "tiny_cost_nano_usd")
            .Where(group => group.Values[0] >= 20 && group.Values[2] > 0).OrderByDescending(group => group.Values[2]).Take(Most)
            .Select(group => ToInsight(group, Grouping.Model)),
    ];

    /// <summary>By project: calls with more than <see cref="LargeContext"/> tokens of input. <see cref="Insight.Tokens"/>: what went in.</summary>
    public IReadOnlyList<Insight> GetLargeContexts(UsageFilter filter) =>
    [
        .. Read(filter, Grouping.Project, "large_calls", "large_input_tokens", "large_cost_nano_usd")
            .Where(group => group.Values[0] > 0).OrderByDescending(group => group.Values[2]).Take(Most)
            .Select(group => ToInsight(group, Grouping.Project)),
    ];

    /// <summary>
    /// By project: calls that came later than the short and sooner than the long lifetime after the call before of the same session, agent and model, and wrote
    /// more to the five-minute cache than they read. <see cref="Insight.Tokens"/>: those written.
    /// </summary>
    public IReadOnlyList<Insight> GetCacheOutlived(UsageFilter filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        // The first two conditions are those of an index.
        var sql = $"""
            SELECT   project AS About, count(*) AS Calls, sum(cache_creation_5m_tokens) AS Tokens, sum(cost_nano_usd) AS CostNanoUsd
            FROM
            (
                SELECT project, cache_creation_5m_tokens, cost_nano_usd, occurred_at_ms - (
                    SELECT   before.occurred_at_ms
                    FROM     usage AS before
                    WHERE    before.session_id = usage.session_id AND before.occurred_at_ms < usage.occurred_at_ms
                             AND before.occurred_at_ms >= usage.occurred_at_ms - {(long)LongCacheLifetime.TotalMilliseconds} AND before.agent_id IS usage.agent_id
                             AND coalesce(before.response_model, before.request_model) IS coalesce(usage.response_model, usage.request_model)
                    ORDER BY before.occurred_at_ms DESC LIMIT 1) AS pause
                FROM   usage
                WHERE  cache_creation_5m_tokens > coalesce(cache_read_tokens, 0) AND session_id IS NOT NULL
                       AND occurred_at_ms >= @FromMs AND occurred_at_ms < @ToMs{filter.ConditionsOnCalls()}
            )
            WHERE    pause > {(long)ShortCacheLifetime.TotalMilliseconds}
            GROUP BY project
            ORDER BY Tokens DESC LIMIT {Most}
            """;
        using var connection = connections.OpenReadOnly();
        return connection.Query<Insight>(sql, filter.Parameters()).AsList();
    }

    private List<GroupTable.Group> Read(UsageFilter filter, Grouping by, params IReadOnlyList<string> columns)
    {
        using var connection = connections.OpenReadOnly();
        return GroupTable.Read(connection, filter, [by], clock: null, columns);
    }

    private static Insight ToInsight(GroupTable.Group group, Grouping by) => new()
    {
        About = group.Text(by),
        Calls = group.Values[0],
        Tokens = group.Values[1],
        CostNanoUsd = group.Values[2],
    };
}
