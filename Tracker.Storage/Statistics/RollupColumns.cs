using System.Globalization;

namespace Tracker.Storage.Statistics;

/// <summary>The columns of the roll-ups, and what they are of one call or of several.</summary>
internal static class RollupColumns
{
    public const string Model = "coalesce(response_model, request_model)";

    /// <summary>The key but for the quarter, as a call's columns give it.</summary>
    public const string KeyOfCall = $"""
        coalesce(provider, '') AS provider, coalesce(client, '') AS client, coalesce({Model}, '') AS model, coalesce(project, '') AS project,
        coalesce(session_id, '') AS session_id, coalesce(auth_mode, '') AS auth_mode, evidence
        """;

    public const string Key = "provider, client, model, project, session_id, auth_mode, evidence";

    /// <summary>Each sum with the expression of one call's part in it.</summary>
    public static readonly IReadOnlyList<(string Name, string OfCall)> Sums =
    [
        ("calls", "1"),
        ("failed_calls", "(outcome <> 'completed')"),
        ("unpriced_calls", "(cost_nano_usd IS NULL)"),
        ("uncounted_calls", "(input_tokens IS NULL AND output_tokens IS NULL AND cost_nano_usd IS NULL)"),
        ("input_tokens", "coalesce(input_tokens, 0)"),
        ("cache_read_tokens", "coalesce(cache_read_tokens, 0)"),
        ("cache_creation_5m_tokens", "coalesce(cache_creation_5m_tokens, 0)"),
        ("cache_creation_1h_tokens", "coalesce(cache_creation_1h_tokens, 0)"),
        ("output_tokens", "coalesce(output_tokens, 0)"),
        ("reasoning_tokens", "coalesce(reasoning_tokens, 0)"),
        ("web_search_requests", "coalesce(web_search_requests, 0)"),
        ("tool_calls", "coalesce(tool_call_count, 0)"),
        ("cost_nano_usd", "coalesce(cost_nano_usd, 0)"),
        ("client_cost_nano_usd", "coalesce(client_cost_nano_usd, 0)"),
        ("duration_ms", "coalesce(duration_ms, 0)"),
    ];

    /// <summary>All that went in with one call.</summary>
    public const string TotalInput =
        "(coalesce(input_tokens, 0) + coalesce(cache_read_tokens, 0) + coalesce(cache_creation_5m_tokens, 0) + coalesce(cache_creation_1h_tokens, 0))";

    private static readonly string IsTiny = $"(outcome = 'completed' AND coalesce(output_tokens BETWEEN 1 AND {InsightQueries.TinyOutput}, 0) AND coalesce(tool_call_count, 0) = 0)";

    private static readonly string IsLarge = string.Create(CultureInfo.InvariantCulture, $"({TotalInput} > {InsightQueries.LargeContext})");

    /// <summary>The same for what only some reports are about.</summary>
    public static readonly IReadOnlyList<(string Name, string OfCall)> Patterns =
    [
        ("saved_nano_usd", CacheSavingFunction.OfCall),
        ("tiny_calls", IsTiny),
        ("tiny_input_tokens", $"iif({IsTiny}, {TotalInput}, 0)"),
        ("tiny_cost_nano_usd", $"iif({IsTiny}, coalesce(cost_nano_usd, 0), 0)"),
        ("large_calls", IsLarge),
        ("large_input_tokens", $"iif({IsLarge}, {TotalInput}, 0)"),
        ("large_cost_nano_usd", $"iif({IsLarge}, coalesce(cost_nano_usd, 0), 0)"),
    ];

    /// <summary>Each bound with its function and the expression of one call.</summary>
    public static readonly IReadOnlyList<(string Name, string Function, string OfCall)> Bounds =
    [
        ("first_at_ms", "min", "occurred_at_ms"),
        ("last_at_ms", "max", "occurred_at_ms"),
        ("max_cost_nano_usd", "max", "coalesce(cost_nano_usd, 0)"),
        ("max_output_tokens", "max", "coalesce(output_tokens, 0)"),
        ("max_duration_ms", "max", "coalesce(duration_ms, 0)"),
    ];

    private static readonly Dictionary<string, string> ExpressionsOfCall = Sums.Concat(Patterns).Concat(Bounds.Select(bound => (bound.Name, bound.OfCall))).ToDictionary(StringComparer.Ordinal);

    /// <summary>All values of a roll-up's row.</summary>
    public static readonly string Values = string.Join(", ", [.. Sums.Concat(Patterns).Select(sum => sum.Name), .. Bounds.Select(bound => bound.Name)]);

    /// <summary>Several calls as a row of the roll-up.</summary>
    public static readonly string ValuesOfCalls = string.Join(", ", [.. Sums.Concat(Patterns).Select(sum => $"sum({sum.OfCall})"), .. Bounds.Select(bound => $"{bound.Function}({bound.OfCall})")]);

    /// <summary>What adding a row to one of the same key does.</summary>
    public static readonly string Additions = string.Join(", ",
        [.. Sums.Concat(Patterns).Select(sum => $"{sum.Name} = {sum.Name} + excluded.{sum.Name}"), .. Bounds.Select(bound => $"{bound.Name} = {bound.Function}({bound.Name}, excluded.{bound.Name})")]);

    /// <summary>What a column is of one call.</summary>
    public static string OfCall(string column) => ExpressionsOfCall[column];
}
