using Dapper;
using Microsoft.Data.Sqlite;
using Tracker.Storage.Connections;

namespace Tracker.Storage.Statistics;

/// <summary>Patterns worth a look. They say what was, and never what would have been saved.</summary>
public sealed class InsightQueries(TrackerConnectionFactory connections)
{
    /// <summary>An answer of so few tokens that a small model might have given it.</summary>
    public const int TinyOutput = 50;

    /// <summary>All that goes in, above which each further call of a session is dear.</summary>
    public const int LargeContext = 150_000;

    /// <summary>Tokens written to the cache, above which a session that reads less than it wrote is worth a look.</summary>
    public const int MuchWritten = 100_000;

    /// <summary>Fewer <see cref="TinyOutput"/> answers of a model are no habit.</summary>
    public const int FewestTinyAnswers = 20;

    /// <summary>The shorter lifetime of a cache entry (Anthropic's documentation, seen 2026-11).</summary>
    public static readonly TimeSpan ShortCacheLifetime = TimeSpan.FromMinutes(5);

    public static readonly TimeSpan LongCacheLifetime = TimeSpan.FromHours(1);

    private const int Most = 5;

    // What one look at the sums takes for three of the patterns.
    private static readonly IReadOnlyList<string> Columns =
    [
        "calls", "unpriced_calls", "cost_nano_usd", "cache_read_tokens", "cache_creation_5m_tokens", "cache_creation_1h_tokens",
        "tiny_calls", "tiny_input_tokens", "tiny_cost_nano_usd", "large_calls", "large_input_tokens", "large_cost_nano_usd",
    ];

    /// <summary>All patterns.</summary>
    public Insights Get(UsageFilter filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        using var connection = connections.OpenReadOnly();
        var groups = GroupTable.Read(connection, filter, [Grouping.Session, Grouping.Model, Grouping.Project], clock: null, Columns);
        return new Insights(GetCacheOutlived(connection, filter), GetCacheHardlyRead(groups), GetLargeContexts(groups), GetTinyAnswers(groups));
    }

    private static List<Insight> GetCacheHardlyRead(List<GroupTable.Group> groups) =>
    [
        .. Fold(groups, Grouping.Session)
            .Select(session => (Sums: session, About: session.Text(Grouping.Session), Written: session["cache_creation_5m_tokens"] + session["cache_creation_1h_tokens"]))
            .Where(session => session.About is not null && session.Written > MuchWritten && session.Written > session.Sums["cache_read_tokens"])
            .OrderByDescending(session => session.Written).Take(Most)
            .Select(session => new Insight
            {
                About = session.About,
                Calls = session.Sums["calls"],
                Tokens = session.Written,
                CostNanoUsd = UsageSums.KnownCost(session.Sums["unpriced_calls"], session.Sums["cost_nano_usd"]),
            }),
    ];

    private static List<Insight> GetTinyAnswers(List<GroupTable.Group> groups) =>
    [
        .. Fold(groups, Grouping.Model)
            .Where(model => model["tiny_calls"] >= FewestTinyAnswers && model["tiny_cost_nano_usd"] > 0).OrderByDescending(model => model["tiny_cost_nano_usd"]).Take(Most)
            .Select(model => new Insight { About = model.Text(Grouping.Model), Calls = model["tiny_calls"], Tokens = model["tiny_input_tokens"], CostNanoUsd = model["tiny_cost_nano_usd"] }),
    ];

    private static List<Insight> GetLargeContexts(List<GroupTable.Group> groups) =>
    [
        .. Fold(groups, Grouping.Project)
            .Where(project => project["large_calls"] > 0).OrderByDescending(project => project["large_cost_nano_usd"]).Take(Most)
            .Select(project => new Insight
            {
                About = project.Text(Grouping.Project),
                Calls = project["large_calls"],
                Tokens = project["large_input_tokens"],
                CostNanoUsd = UsageSums.KnownCost(project["unpriced_calls"], project["large_cost_nano_usd"]),
            }),
    ];

    // Of what the groups were told apart by, only that is still right.
    private static IEnumerable<GroupTable.Group> Fold(List<GroupTable.Group> groups, Grouping by) =>
        groups.GroupBy(group => group.Number(by)).Select(same => same.First() with { Values = Sum(same) });

    private static long[] Sum(IEnumerable<GroupTable.Group> groups)
    {
        var sums = new long[Columns.Count];
        foreach (var group in groups)
        {
            for (var i = 0; i < sums.Length; i++)
            {
                sums[i] += group.Values[i];
            }
        }

        return sums;
    }

    private static List<Insight> GetCacheOutlived(SqliteConnection connection, UsageFilter filter)
    {
        // The first two conditions are those of an index.
        var sql = $"""
            SELECT   project AS About, count(*) AS Calls, sum(cache_creation_5m_tokens) AS Tokens, {UsageSums.KnownCostOfCalls} AS CostNanoUsd
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
        return connection.Query<Insight>(sql, filter.Parameters()).AsList();
    }
}
