using Microsoft.Data.Sqlite;
using Tracker.Storage.Pricing;

namespace Tracker.Storage.Usage;

/// <summary>
/// The merge: stores one record, as a new row or into the row of the same key. Every column becomes the greater of two values in a fixed
/// order, so any order, repetition and grouping of records gives the same row (docs/adr/0003-one-row-per-call.md). Prepared once, used per row.
/// </summary>
internal sealed class UsageUpsert : IDisposable
{
    // The token counts are one block and are never mixed. This is the order in which the greater block wins; it names every column of the
    // block, so two different blocks are never equal.
    private const string BlockOrder = """
        ({0}.quality, coalesce({0}.output_tokens, -1), coalesce({0}.input_tokens, -1), coalesce({0}.cache_read_tokens, -1),
         coalesce({0}.cache_creation_5m_tokens, 0) + coalesce({0}.cache_creation_1h_tokens, 0),
         coalesce({0}.cache_creation_1h_tokens, -1), coalesce({0}.cache_creation_5m_tokens, -1),
         coalesce({0}.reasoning_tokens, -1), coalesce({0}.web_search_requests, -1))
        """;

    private static readonly string[] BlockColumns =
    [
        "quality", "input_tokens", "output_tokens", "reasoning_tokens", "cache_read_tokens", "cache_creation_5m_tokens",
        "cache_creation_1h_tokens", "web_search_requests",
    ];

    private static readonly string[] PricedCounts = [.. BlockColumns.Except(["quality", "reasoning_tokens"])];
    private static readonly string[] PricedTerms = ["service_tier", "speed", "inference_geo"];

    // What the wire saw, if it saw the call, whatever a log says: a log's provider is inferred from the model, and Claude Code 1.0 and 2.0 write
    // the request id of a broken stream beside the answer that replaced it (seen 2026-11).
    private static readonly string[] WireColumns = ["provider", "request_id"];

    // What the log of a client says, if one names the call: the wire may know no more than the SDK that the client is made with, and takes a header for the session.
    private static readonly string[] TranscriptColumns = ["client", "session_id"];

    // Known over unknown, then the smaller value.
    private static readonly string[] SmallerColumns =
    [
        "request_model", "stop_reason", "time_to_first_token_ms", "agent_id",
        "parent_agent_id", "project", "service_tier", "speed", "inference_geo", "auth_mode", "user_agent", "prompt_preview",
    ];

    // Known over unknown, then the greater value.
    private static readonly string[] GreaterColumns = ["status_code", "streamed", "duration_ms", "client_cost_nano_usd", "model_stepped_in"];

    // The model that stepped in for one that declined, whatever the beginning of the answer was told to come from; then as the other texts.
    private static readonly string ResponseModel = $"""
        CASE WHEN coalesce(excluded.model_stepped_in, 0) > coalesce(usage.model_stepped_in, 0) THEN excluded.response_model
             WHEN coalesce(excluded.model_stepped_in, 0) < coalesce(usage.model_stepped_in, 0) THEN usage.response_model
             ELSE {Smaller("response_model")} END
        """;

    /// <summary>The columns that are bound, in the order of their parameters.</summary>
    internal static readonly string[] InsertColumns =
        ["usage_key", "occurred_at_ms", "evidence", "outcome", .. WireColumns, .. TranscriptColumns, "response_model", .. BlockColumns, .. SmallerColumns, .. GreaterColumns, "tool_call_count", "cost_nano_usd", "price_id"];

    private static readonly string InsertSql =
        $"INSERT INTO usage ({string.Join(", ", InsertColumns)}) VALUES ({string.Join(", ", InsertColumns.Select((_, index) => $"?{index + 1}"))})";

    // One row under the key of another: ?1 and ?2 are their ids.
    private static readonly string FoldSql =
        $"INSERT INTO usage ({string.Join(", ", InsertColumns)}) SELECT (SELECT usage_key FROM usage WHERE id = ?2), {string.Join(", ", InsertColumns.Skip(1))} FROM usage WHERE id = ?1";

    private static readonly string OnConflict = BuildOnConflict();

    private const string OnToolCallConflict = "ON CONFLICT DO UPDATE SET name = min(name, excluded.name) WHERE excluded.name < name";

    // A log says after the answer what the headers before it told the proxy.
    private const long LogLagMs = 60_000;

    private readonly Statement _insert;
    private readonly Statement _upsert;
    private readonly Statement _setCost;
    private readonly Statement _addToolCall;
    private readonly Statement _mergeToolCall;
    private readonly Statement _countToolCalls;
    private readonly Statement _addLimit;
    private readonly Statement _findAlias;
    private readonly Statement _fold;
    private readonly Statement _foldToolCalls;
    private readonly PriceBooks _prices;

    public UsageUpsert(SqliteConnection connection, PriceBooks prices)
    {
        _prices = prices;
        // SQLite can undo a merge by itself, for which it keeps the pages that it changes: in a file, unless it is told otherwise.
        Statement.Run(connection, "PRAGMA temp_store = MEMORY");
        Pruned = new PrunedCalls(connection);
        _insert = new Statement(connection, $"{InsertSql} ON CONFLICT DO NOTHING");
        _upsert = new Statement(connection, $"{InsertSql} {OnConflict}");
        _setCost = new Statement(connection, "UPDATE usage SET cost_nano_usd = ?2, price_id = ?3 WHERE id = ?1");
        _addToolCall = new Statement(connection, "INSERT INTO tool_call (usage_id, tool_use_id, name) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING");
        _mergeToolCall = new Statement(connection, "UPDATE tool_call SET name = ?3 WHERE usage_id = ?1 AND tool_use_id = ?2 AND name > ?3");
        _countToolCalls = new Statement(connection, "UPDATE usage SET tool_call_count = (SELECT count(*) FROM tool_call WHERE usage_id = ?1) WHERE id = ?1");
        _addLimit = new Statement(connection, """
            INSERT INTO limit_sample (provider, "window", observed_at_ms, used_fraction, resets_at_ms)
            SELECT ?1, ?2, ?3, ?4, ?5
            WHERE  NOT EXISTS (SELECT 1 FROM limit_sample WHERE provider = ?1 AND "window" = ?2 AND observed_at_ms BETWEEN ?3 - ?6 AND ?3 + ?6 AND used_fraction = ?4)
            ON CONFLICT DO NOTHING
            """);
        _findAlias = new Statement(connection, "SELECT usage_key FROM usage_alias JOIN usage ON id = usage_id WHERE alias_key = ?1");
        _fold = new Statement(connection, $"{FoldSql} {OnConflict}");
        _foldToolCalls = new Statement(connection, $"INSERT INTO tool_call (usage_id, tool_use_id, name) SELECT ?2, tool_use_id, name FROM tool_call WHERE usage_id = ?1 {OnToolCallConflict}");
    }

    /// <summary>The calls that are not stored any more.</summary>
    public PrunedCalls Pruned { get; }

    /// <summary>To be called at the beginning of every transaction.</summary>
    public void Begin() => Pruned.Begin();

    /// <summary>Merges one record, within the connection's transaction.</summary>
    /// <returns>The row's id; ids of new rows are greater than every id before them. 0 for a call that was pruned: it is in the sums already.</returns>
    public long Execute(UsageRecord record)
    {
        if (Pruned.Contains(record.Key))
        {
            return 0;
        }

        record = UnderKeyOfRow(record);
        // Most records are the first of their call: those are spared the merge and its answer.
        var inserted = Insert(record);
        var id = inserted ?? Merge(record);
        StoreToolCalls(record, id, isCounted: inserted is not null);
        StoreLimits(record);
        return id;
    }

    /// <summary>Merges one row into another as if all that is known of both had come under the other's key. The first one stays, and is the caller's to delete.</summary>
    public void Fold(long from, long into)
    {
        _fold.Bind(1, from);
        _fold.Bind(2, into);
        Merge(_fold);

        _foldToolCalls.Bind(1, from);
        _foldToolCalls.Bind(2, into);
        _foldToolCalls.Run();
        if (_foldToolCalls.ChangedRows > 0)
        {
            CountToolCalls(into);
        }
    }

    public void Dispose()
    {
        Pruned.Dispose();
        _insert.Dispose();
        _upsert.Dispose();
        _setCost.Dispose();
        _addToolCall.Dispose();
        _mergeToolCall.Dispose();
        _countToolCalls.Dispose();
        _addLimit.Dispose();
        _findAlias.Dispose();
        _fold.Dispose();
        _foldToolCalls.Dispose();
    }

    private long? Insert(UsageRecord record)
    {
        Bind(_insert, record);
        _insert.Run();
        return _insert.InsertedId;
    }

    // Only a log that does not name the upstream's response can have been joined to a row of another key.
    private UsageRecord UnderKeyOfRow(UsageRecord record)
    {
        if (record.Evidence != Evidence.Transcript || record.Key.IsOfUpstream)
        {
            return record;
        }

        _findAlias.Bind(1, record.Key.Value);
        try
        {
            return _findAlias.Step() ? record with { Key = UsageKey.FromStored(_findAlias.Text(0)!) } : record;
        }
        finally
        {
            _findAlias.Reset();
        }
    }

    private long Merge(UsageRecord record)
    {
        Bind(_upsert, record);
        return Merge(_upsert);
    }

    private long Merge(Statement merge)
    {
        var (id, call, storedCost) = Run(merge);
        if (storedCost.NanoUsd is not null)
        {
            return id; // Nothing that decides its price has changed: it keeps the one of its day, whatever the book says now.
        }

        var cost = _prices.Current.CostOf(call);
        if (cost != storedCost)
        {
            _setCost.Bind(1, id);
            _setCost.Bind(2, cost.NanoUsd);
            _setCost.Bind(3, cost.PriceId);
            _setCost.Run();
        }

        return id;
    }

    private void Bind(Statement statement, UsageRecord record)
    {
        // The cost of a new row is right at once; that of a merged one is looked at again afterwards, if the merge has changed what it was computed from.
        var cost = _prices.Current.CostOf(new PricedCall(record));
        statement.Bind(UsageParameters.UsageKey, record.Key.Value);
        statement.Bind(UsageParameters.OccurredAtMs, record.OccurredAt.ToUnixTimeMilliseconds());
        statement.Bind(UsageParameters.Provider, record.Provider);
        statement.Bind(UsageParameters.Evidence, (long)record.Evidence);
        statement.Bind(UsageParameters.Outcome, Outcomes.ToText(record.Outcome));
        statement.Bind(UsageParameters.Quality, (long)record.Quality);
        statement.Bind(UsageParameters.InputTokens, record.InputTokens);
        statement.Bind(UsageParameters.OutputTokens, record.OutputTokens);
        statement.Bind(UsageParameters.ReasoningTokens, record.ReasoningTokens);
        statement.Bind(UsageParameters.CacheReadTokens, record.CacheReadTokens);
        statement.Bind(UsageParameters.CacheCreation5mTokens, record.CacheCreation5mTokens);
        statement.Bind(UsageParameters.CacheCreation1hTokens, record.CacheCreation1hTokens);
        statement.Bind(UsageParameters.WebSearchRequests, record.WebSearchRequests);
        statement.Bind(UsageParameters.Client, record.Client);
        statement.Bind(UsageParameters.RequestModel, record.RequestModel);
        statement.Bind(UsageParameters.ResponseModel, record.ResponseModel);
        statement.Bind(UsageParameters.ModelSteppedIn, record.ModelSteppedIn == true ? 1L : null);
        statement.Bind(UsageParameters.StopReason, record.StopReason);
        statement.Bind(UsageParameters.TimeToFirstTokenMs, record.TimeToFirstTokenMs);
        statement.Bind(UsageParameters.RequestId, record.RequestId);
        statement.Bind(UsageParameters.SessionId, record.SessionId);
        statement.Bind(UsageParameters.AgentId, record.AgentId);
        statement.Bind(UsageParameters.ParentAgentId, record.ParentAgentId);
        statement.Bind(UsageParameters.Project, record.Project);
        statement.Bind(UsageParameters.ServiceTier, record.ServiceTier);
        statement.Bind(UsageParameters.Speed, record.Speed);
        statement.Bind(UsageParameters.InferenceGeo, record.InferenceGeo);
        statement.Bind(UsageParameters.AuthMode, AuthModes.ToText(record.AuthMode));
        statement.Bind(UsageParameters.UserAgent, record.UserAgent);
        statement.Bind(UsageParameters.PromptPreview, record.PromptPreview);
        statement.Bind(UsageParameters.StatusCode, record.StatusCode);
        statement.Bind(UsageParameters.Streamed, record.Streamed is { } streamed ? (streamed ? 1L : 0L) : null);
        statement.Bind(UsageParameters.DurationMs, record.DurationMs);
        statement.Bind(UsageParameters.ClientCostNanoUsd, record.ClientCostNanoUsd);
        statement.Bind(UsageParameters.ToolCallCount, CountOf(record.ToolCalls));
        statement.Bind(UsageParameters.CostNanoUsd, cost.NanoUsd);
        statement.Bind(UsageParameters.PriceId, cost.PriceId);
    }

    // A log names the same call of a tool in several lines.
    private static long? CountOf(IReadOnlyList<ToolCall> calls)
    {
        var count = calls.Count <= 1 ? calls.Count : calls.DistinctBy(call => call.Id).Count();
        return count == 0 ? null : count;
    }

    private static (long Id, PricedCall Call, Cost Stored) Run(Statement merge)
    {
        try
        {
            merge.Step();
            var call = new PricedCall
            {
                OccurredAt = DateTimeOffset.FromUnixTimeMilliseconds(merge.Number(1)!.Value),
                Provider = merge.Text(2),
                Model = merge.Text(3),
                InputTokens = merge.Number(4),
                OutputTokens = merge.Number(5),
                CacheReadTokens = merge.Number(6),
                CacheCreation5mTokens = merge.Number(7),
                CacheCreation1hTokens = merge.Number(8),
                WebSearchRequests = merge.Number(9),
                Speed = merge.Text(10),
                InferenceGeo = merge.Text(11),
                Failed = merge.Text(12) == Outcomes.Error && merge.Number(16) is null,
                ServiceTier = merge.Text(15),
            };
            var result = (merge.Number(0)!.Value, call, new Cost(merge.Number(13), merge.Text(14)));
            merge.Step(); // To the end, which is what makes SQLite finish the statement.
            return result;
        }
        finally
        {
            merge.Reset();
        }
    }

    private void StoreToolCalls(UsageRecord record, long id, bool isCounted)
    {
        if (record.ToolCalls.Count == 0)
        {
            return;
        }

        for (var i = 0; i < record.ToolCalls.Count; i++)
        {
            Bind(_addToolCall, id, record.ToolCalls[i]);
            _addToolCall.Run();
            if (_addToolCall.ChangedRows == 0)
            {
                Bind(_mergeToolCall, id, record.ToolCalls[i]);
                _mergeToolCall.Run();
            }
        }

        if (!isCounted)
        {
            CountToolCalls(id);
        }
    }

    private static void Bind(Statement statement, long id, ToolCall call)
    {
        statement.Bind(1, id);
        statement.Bind(2, call.Id);
        statement.Bind(3, call.Name);
    }

    private void CountToolCalls(long id)
    {
        _countToolCalls.Bind(1, id);
        _countToolCalls.Run();
    }

    private void StoreLimits(UsageRecord record)
    {
        if (record.Limits.Count == 0)
        {
            return;
        }

        foreach (var limit in record.Limits)
        {
            _addLimit.Bind(1, limit.Provider ?? record.Provider ?? "");
            _addLimit.Bind(2, limit.Window);
            _addLimit.Bind(3, limit.ObservedAt.ToUnixTimeMilliseconds());
            _addLimit.BindReal(4, limit.UsedFraction);
            _addLimit.Bind(5, limit.ResetsAt?.ToUnixTimeMilliseconds());
            _addLimit.Bind(6, record.Evidence == Evidence.Transcript ? LogLagMs : 0);
            _addLimit.Run();
        }
    }

    private static string Smaller(string column) => $"coalesce(min(usage.{column}, excluded.{column}), usage.{column}, excluded.{column})";

    private static string OwnedBy(Evidence owner, string column) => $"""
        CASE WHEN (excluded.evidence & {(int)owner}) > (usage.evidence & {(int)owner}) THEN excluded.{column}
             WHEN (excluded.evidence & {(int)owner}) < (usage.evidence & {(int)owner}) THEN usage.{column}
             ELSE {Smaller(column)} END
        """;

    // What is stored as an error and comes from the wire was one there: else the greater of the others would be stored.
    private static string OutcomeOnWire(string row) => $"CASE WHEN {row}.evidence & {(int)Evidence.Wire} THEN {row}.outcome ELSE '' END";

    // Whether all that a PricedCall holds stays as it is. No price begins within a minute, and a log and the wire are rarely of the same millisecond; how a call
    // ended counts only without tokens, of which one that failed before any content used none.
    private static string IsPricedTheSame(string takesOtherBlock) => $"""
        usage.occurred_at_ms / 60000 = min(usage.occurred_at_ms, excluded.occurred_at_ms) / 60000
        AND (NOT {takesOtherBlock} OR ({string.Join(", ", PricedCounts.Select(column => $"usage.{column}"))}) IS ({string.Join(", ", PricedCounts.Select(column => $"excluded.{column}"))}))
        AND usage.provider IS {OwnedBy(Evidence.Wire, "provider")}
        AND coalesce(usage.response_model, usage.request_model) IS coalesce({ResponseModel}, {Smaller("request_model")})
        AND {string.Join(" AND ", PricedTerms.Select(column => $"usage.{column} IS {Smaller(column)}"))}
        AND (usage.outcome <> 'error' OR (excluded.outcome = 'error' AND (usage.time_to_first_token_ms IS NOT NULL OR excluded.time_to_first_token_ms IS NULL))
             OR usage.input_tokens IS NOT NULL OR usage.output_tokens IS NOT NULL)
        """;

    private static string BuildOnConflict()
    {
        var own = BlockOrder.Replace("{0}", "usage", StringComparison.Ordinal);
        var other = BlockOrder.Replace("{0}", "excluded", StringComparison.Ordinal);
        string[] assignments =
        [
            "occurred_at_ms = min(usage.occurred_at_ms, excluded.occurred_at_ms)",
            "evidence = usage.evidence | excluded.evidence",
            // An error that the wire saw is one, whatever the client's log makes of it: what had come before it may be logged as an answer (Qwen Code 0.24, seen 2026-11).
            $"""
            outcome = CASE WHEN 'error' IN ({OutcomeOnWire("usage")}, {OutcomeOnWire("excluded")}) THEN 'error'
                           WHEN 'completed' IN (usage.outcome, excluded.outcome) THEN 'completed'
                           WHEN 'incomplete' IN (usage.outcome, excluded.outcome) THEN 'incomplete' ELSE 'error' END
            """,
            .. WireColumns.Select(column => $"{column} = {OwnedBy(Evidence.Wire, column)}"),
            .. TranscriptColumns.Select(column => $"{column} = {OwnedBy(Evidence.Transcript, column)}"),
            .. BlockColumns.Select(column => $"{column} = CASE WHEN {other} > {own} THEN excluded.{column} ELSE usage.{column} END"),
            $"response_model = {ResponseModel}",
            .. SmallerColumns.Select(column => $"{column} = {Smaller(column)}"),
            .. GreaterColumns.Select(column => $"{column} = coalesce(max(usage.{column}, excluded.{column}), usage.{column}, excluded.{column})"),
            $"cost_nano_usd = CASE WHEN {IsPricedTheSame($"{other} > {own}")} THEN usage.cost_nano_usd END",
        ];
        return $"""
            ON CONFLICT (usage_key) DO UPDATE SET
            {string.Join(",\n", assignments)}
            RETURNING id, occurred_at_ms, provider, coalesce(response_model, request_model), input_tokens, output_tokens, cache_read_tokens,
                      cache_creation_5m_tokens, cache_creation_1h_tokens, web_search_requests, speed, inference_geo, outcome, cost_nano_usd, price_id,
                      service_tier, time_to_first_token_ms
            """;
    }
}
