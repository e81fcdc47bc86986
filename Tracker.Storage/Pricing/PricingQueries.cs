using System.Globalization;
using Microsoft.Data.Sqlite;
using Tracker.Storage.Connections;
using Tracker.Storage.Statistics;
using Tracker.Storage.Usage;

namespace Tracker.Storage.Pricing;

/// <summary>What the database tells of costs.</summary>
public sealed class PricingQueries(TrackerConnectionFactory connections)
{
    /// <summary>The columns that a <see cref="PricedCall"/> and its stored cost are made of, in the order that <see cref="ReadCall"/> reads them.</summary>
    internal const string CallColumns = """
        id, occurred_at_ms, provider, coalesce(response_model, request_model), input_tokens, output_tokens, cache_read_tokens, cache_creation_5m_tokens,
        cache_creation_1h_tokens, web_search_requests, service_tier, speed, inference_geo, outcome, cost_nano_usd, price_id, time_to_first_token_ms
        """;

    /// <summary>As the index <c>usage_unpriced</c> has it.</summary>
    internal const string IsUnpriced = "cost_nano_usd IS NULL AND (input_tokens IS NOT NULL OR output_tokens IS NOT NULL)";

    private const string BookSetting = "priced_with";

    /// <summary>The models with the most calls that have tokens and no cost.</summary>
    public IReadOnlyList<UnpricedModel> GetUnpricedModels(int limit)
    {
        using var connection = connections.OpenReadOnly();
        return ReadUnpricedModels(connection, limit);
    }

    internal static IReadOnlyList<UnpricedModel> ReadUnpricedModels(SqliteConnection connection, int limit)
    {
        // Many calls that are not in the sums are found through the index of those without a cost, each of which is read then.
        const string ofCalls = $"""
            SELECT provider, coalesce(response_model, request_model), count(*), max(occurred_at_ms)
            FROM   usage INDEXED BY usage_unpriced
            WHERE  {IsUnpriced}
            GROUP  BY 1, 2
            ORDER  BY 3 DESC, 1, 2
            LIMIT  ?1
            """;
        // As a report reads (UsageFacts), but for what is left of pruned calls. The sums know the quarter of a model's latest call without a cost; when in it that was, its calls tell.
        var ofSums = $"""
            WITH facts AS (
                SELECT provider, model, unpriced_calls - uncounted_calls AS calls, quarter, NULL AS at
                FROM   usage_rollup
                WHERE  unpriced_calls > uncounted_calls AND quarter NOT IN (SELECT quarter FROM rollup_stale)
                UNION ALL
                SELECT coalesce(provider, ''), coalesce({RollupColumns.Model}, ''), 1, NULL, occurred_at_ms
                FROM   usage NOT INDEXED
                WHERE  id > (SELECT last_id FROM rollup_state) AND {IsUnpriced} AND {Quarters.OfCall} NOT IN (SELECT quarter FROM rollup_stale)
                UNION ALL
                SELECT coalesce(provider, ''), coalesce({RollupColumns.Model}, ''), 1, NULL, occurred_at_ms
                FROM   rollup_stale CROSS JOIN usage INDEXED BY usage_occurred_at
                WHERE  {Quarters.IsOf("rollup_stale.quarter")} AND {IsUnpriced}
            ), models AS (
                SELECT provider, model, sum(calls) AS calls, max(quarter) AS quarter, max(at) AS at
                FROM   facts
                GROUP  BY provider, model
                ORDER  BY calls DESC, provider, model
                LIMIT  ?1
            ), latest AS (
                SELECT *, (SELECT max(occurred_at_ms)
                           FROM   usage INDEXED BY usage_occurred_at
                           WHERE  {Quarters.IsOf("models.quarter")} AND {IsUnpriced} AND coalesce(usage.provider, '') = models.provider AND coalesce({RollupColumns.Model}, '') = models.model) AS summed_at
                FROM   models
            )
            SELECT nullif(provider, ''), nullif(model, ''), calls, coalesce(max(at, summed_at), at, summed_at)
            FROM   latest
            ORDER  BY calls DESC, provider, model
            """;
        return Statement.Read(
            connection, UsageRollup.IsFarFromDoneIn(connection) ? ofCalls : ofSums, row => new UnpricedModel(row.Text(0), row.Text(1), row.Integer(2), DateTimeOffset.FromUnixTimeMilliseconds(row.Integer(3))), statement => statement.Bind(1, limit));
    }

    /// <summary>Providers and models of calls after <paramref name="afterId"/> that have tokens and no cost.</summary>
    internal static List<(string? Provider, string? Model)> FindUnpriced(SqliteConnection connection, long afterId)
    {
        using var select = new Statement(
            connection, $"SELECT DISTINCT provider, coalesce(response_model, request_model) FROM usage INDEXED BY usage_unpriced WHERE {IsUnpriced} AND id > ?1");
        select.Bind(1, afterId);
        var models = new List<(string?, string?)>();
        while (select.Step())
        {
            models.Add((select.Text(0), select.Text(1)));
        }

        return models;
    }

    /// <summary>The book with which all calls up to an id have been looked at for a price.</summary>
    internal static (string? Hash, long LastId) ReadPricedWith(SqliteConnection connection)
    {
        using var select = new Statement(connection, $"SELECT value FROM setting WHERE name = '{BookSetting}'");
        return select.Step() && select.Text(0)?.Split(' ') is [var hash, var id] ? (hash, long.Parse(id, CultureInfo.InvariantCulture)) : (null, 0);
    }

    internal static void SetPricedWith(SqliteConnection connection, string hash, long lastId)
    {
        using var set = new Statement(connection, $"INSERT OR REPLACE INTO setting (name, value) VALUES ('{BookSetting}', ?1)");
        set.Bind(1, string.Create(CultureInfo.InvariantCulture, $"{hash} {lastId}"));
        set.Run();
    }

    internal static long ReadLastId(SqliteConnection connection) => Statement.ReadNumber(connection, "SELECT max(id) FROM usage") ?? 0;

    internal static (long Id, PricedCall Call, Cost Stored) ReadCall(Statement row) =>
    (
        row.Number(0)!.Value,
        new PricedCall
        {
            OccurredAt = DateTimeOffset.FromUnixTimeMilliseconds(row.Number(1)!.Value),
            Provider = row.Text(2),
            Model = row.Text(3),
            InputTokens = row.Number(4),
            OutputTokens = row.Number(5),
            CacheReadTokens = row.Number(6),
            CacheCreation5mTokens = row.Number(7),
            CacheCreation1hTokens = row.Number(8),
            WebSearchRequests = row.Number(9),
            ServiceTier = row.Text(10),
            Speed = row.Text(11),
            InferenceGeo = row.Text(12),
            Failed = row.Text(13) == Outcomes.Error && row.Number(16) is null,
        },
        new Cost(row.Number(14), row.Text(15)));
}
