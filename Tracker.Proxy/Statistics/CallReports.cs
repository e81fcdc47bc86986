using System.Globalization;
using Tracker.Storage.Pricing;
using Tracker.Storage.Statistics;

namespace Tracker.Proxy.Statistics;

/// <summary>The list of single calls, and one call in detail.</summary>
internal sealed class CallReports
{
    private static readonly ReportList Calls = new("requests",
    [
        new("id", ColumnKind.Count, "Its number here; /stats/requests/{id} shows it in detail") { IsKnown = true },
        new("occurred_at", ColumnKind.Time, "When the request was sent") { IsKnown = true },
        new("model", ColumnKind.Text, "The model that answered, else the one asked for"),
        new("client", ColumnKind.Text, "The program that called"),
        new("input_tokens", ColumnKind.Count, "Fresh input") { Heading = "input" },
        new("cache_read_tokens", ColumnKind.Count, "Read from the cache") { Heading = "cache_read" },
        new("cache_creation_tokens", ColumnKind.Count, "Written to the cache") { Heading = "cache_creation" },
        new("output_tokens", ColumnKind.Count, "All that came out") { Heading = "output" },
        new("cost", ColumnKind.Money, "At the list price"),
        new("duration_ms", ColumnKind.Count, "From the request's arrival to the answer's end"),
        new("outcome", ColumnKind.Text, "completed, incomplete or error") { IsKnown = true },
        new("project", ColumnKind.Text, "The client's working directory"),
        new("usage_key", ColumnKind.Text, "Its identity", OnlyJson: true) { IsKnown = true },
        new("provider", ColumnKind.Text, "Who ran the model", OnlyJson: true),
        new("request_model", ColumnKind.Text, "The model asked for", OnlyJson: true),
        new("response_model", ColumnKind.Text, "The model that answered", OnlyJson: true),
        new("cache_creation_5m_tokens", ColumnKind.Count, "The part written for five minutes", OnlyJson: true),
        new("cache_creation_1h_tokens", ColumnKind.Count, "The part written for an hour", OnlyJson: true),
        new("reasoning_tokens", ColumnKind.Count, "The part of the output spent thinking", OnlyJson: true),
        new("web_search_requests", ColumnKind.Count, "Searches by the provider", OnlyJson: true),
        new("quality", ColumnKind.Text, "What the counts are worth: final, exact, partial or overstated", OnlyJson: true) { IsKnown = true },
        new("evidence", ColumnKind.Text, "Who saw it: wire, transcript or both", OnlyJson: true) { IsKnown = true },
        new("status_code", ColumnKind.Count, "Of the answer", OnlyJson: true),
        new("stop_reason", ColumnKind.Text, "Why the answer ended", OnlyJson: true),
        new("streamed", ColumnKind.Flag, "Whether a stream was asked for", OnlyJson: true),
        new("time_to_first_token_ms", ColumnKind.Count, "From the request's arrival to the first content", OnlyJson: true),
        new("request_id", ColumnKind.Text, "The upstream's own id of the request", OnlyJson: true),
        new("session", ColumnKind.Text, "The client's own id of the session", OnlyJson: true),
        new("agent_id", ColumnKind.Text, "The sub-agent", OnlyJson: true),
        new("parent_agent_id", ColumnKind.Text, "The agent that started it", OnlyJson: true),
        new("tool_calls", ColumnKind.Count, "Tools asked for", OnlyJson: true),
        new("service_tier", ColumnKind.Text, "As the answer told", OnlyJson: true),
        new("speed", ColumnKind.Text, "As the answer told", OnlyJson: true),
        new("inference_geo", ColumnKind.Text, "As the answer told", OnlyJson: true),
        new("auth_mode", ColumnKind.Text, "api_key or subscription", OnlyJson: true),
        new("user_agent", ColumnKind.Text, "Of the request", OnlyJson: true),
        new("price_id", ColumnKind.Text, "The price that the cost was computed with", OnlyJson: true),
        new("client_cost", ColumnKind.Money, "What the client itself reported", OnlyJson: true),
        new("prompt_preview", ColumnKind.Text, "Only with Privacy:StorePromptPreview", OnlyJson: true),
    ]);

    private static readonly ReportList CallTools = new("tools", [new("tool_use_id", ColumnKind.Text, "Its id") { IsKnown = true }, new("tool", ColumnKind.Text, "Its name") { IsKnown = true }]);

    private static readonly ReportList CostParts = new("cost_parts",
    [
        new("part", ColumnKind.Text, "input, cache_read, cache_creation_5m, cache_creation_1h, output, fees; total; saved_by_caching: how much more the same call would have cost with fresh input alone") { IsKnown = true },
        new("tokens", ColumnKind.Count, "How many"),
        new("cost", ColumnKind.Money, "By the price in force now, to the nearest; null: unknown"),
        new("per_million", ColumnKind.Money, "That price for a million tokens; null: of no tokens, or unknown"),
        new("price_id", ColumnKind.Text, "That price", OnlyJson: true),
        new("match", ColumnKind.Text, "How the model's name led to it: exact, alias, normalized, release or any", OnlyJson: true),
        new("source", ColumnKind.Text, "Where its figures are from", OnlyJson: true),
        new("why", ColumnKind.Text, "Why the cost is unknown, or nothing"),
    ]);

    private static readonly ReportParameter Sort = new("sort", "what the list begins with; newest when it is not given") { Words = ["newest", "oldest", "cost", "output", "duration"] };
    private static readonly ReportParameter Limit = new("limit", "the most rows there are; 100 when it is not given") { Most = 1000 };
    private static readonly ReportParameter Outcome = new("outcome", "only calls that ended so") { Words = ["completed", "incomplete", "error"] };
    private static readonly ReportParameter After = new("after", "the next of the page before; with sort=newest or oldest");

    private readonly CallQueries _calls;
    private readonly PriceBooks _prices;

    public CallReports(CallQueries calls, PriceBooks prices)
    {
        (_calls, _prices) = (calls, prices);
        List = new Report("requests", "Single calls: the newest, oldest, dearest, longest answers or slowest (sort=newest, oldest, cost, output, duration)",
            [Sort, Limit, Outcome, After], "all", [Calls], Read);
    }

    /// <summary>How <see cref="Find"/> is asked for and answers.</summary>
    public static Report Detail { get; } = new("requests/{id}", "All that is stored of one call", [], "all", [Calls, CallTools, CostParts], _ => []) { Common = Report.OfFormat };

    public Report List { get; }

    /// <summary>One call: all that is stored of it, its tools, and the parts of its cost.</summary>
    /// <returns>Null when there is no such call.</returns>
    public IReadOnlyList<ReportTable>? Find(long id)
    {
        if (_calls.GetCall(id) is not { } call)
        {
            return null;
        }

        var tools = CallTools.Table(() => "");
        foreach (var tool in _calls.GetTools(id))
        {
            tools.Add(tool.Id, tool.Name);
        }

        return [Table([call], next: null), tools, CostTable(call)];
    }

    // With the prices of today: the stored cost is of the price_id that the row has, until somebody reprices.
    private ReportTable CostTable(Call call)
    {
        var priced = call.ToPricedCall();
        var explanation = _prices.Current.Explain(priced);
        var table = CostParts.Table(() => "");
        var parts = explanation.Breakdown;
        Add("input", priced.InputTokens, parts?.Input);
        Add("cache_read", priced.CacheReadTokens, parts?.CacheRead);
        Add("cache_creation_5m", priced.CacheCreation5mTokens, parts?.CacheCreation5m);
        Add("cache_creation_1h", priced.CacheCreation1hTokens, parts?.CacheCreation1h);
        Add("output", priced.OutputTokens, parts?.Output);
        Add("fees", null, parts?.Fees);
        Add("total", null, parts?.TotalNanoUsd ?? _prices.Current.CostOf(priced).NanoUsd); // A call that was refused has no parts, and costs nothing.
        Add("saved_by_caching", null, parts?.SavedByCaching);
        return table;

        void Add(string part, long? tokens, decimal? nanoUsd) => table.Add(
            part, tokens, nanoUsd is { } cost ? Whole(cost) : null, nanoUsd is { } known && tokens > 0 ? Whole(known / tokens.Value * 1_000_000) : null, explanation.Price?.Id, explanation.Match?.Step.ToString().ToLowerInvariant(), explanation.Price?.Source,
            explanation.Why);

        // A token may cost parts of a nano-dollar, so that a rate cannot be computed back from a part's cost.
        static long? Whole(decimal nanoUsd) => (long)Math.Round(nanoUsd, MidpointRounding.AwayFromZero);
    }

    private IReadOnlyList<ReportTable> Read(ReportRequest request)
    {
        var order = Enum.Parse<CallOrder>(request.Choose(Sort), ignoreCase: true);
        var after = request.Find(After) is { } text ? ReadPosition(text, order) : null;
        var limit = request.Number(Limit, 100);
        var calls = _calls.GetCalls(new CallFilter(request.Filter, order, limit, after, request.ChooseOrNull(Outcome)));
        var hasNext = calls.Count == limit && order is CallOrder.Newest or CallOrder.Oldest;
        return [Table(calls, hasNext && calls.Count > 0 ? PositionText(calls[^1]) : null)];
    }

    private static ReportTable Table(IReadOnlyList<Call> calls, string? next)
    {
        var table = Calls.Table(() => calls.Count == 0 ? "no calls" : string.Create(CultureInfo.InvariantCulture,
                $"{calls[0].ResponseModel ?? calls[0].RequestModel ?? "?"} {calls[0].OutputTokens?.ToString(CultureInfo.InvariantCulture) ?? "?"} tokens {(calls[0].CostNanoUsd is { } cost ? $"${cost / 1e9m:0.0000}" : "$?")}"),
            next);
        foreach (var call in calls)
        {
            long? created = call.CacheCreation5mTokens is null && call.CacheCreation1hTokens is null ? null : (call.CacheCreation5mTokens ?? 0) + (call.CacheCreation1hTokens ?? 0);
            table.Add(
                call.Id, call.OccurredAt, call.ResponseModel ?? call.RequestModel, call.Client, call.InputTokens, call.CacheReadTokens, created, call.OutputTokens, call.CostNanoUsd, call.DurationMs,
                call.Outcome, call.Project, call.UsageKey, call.Provider, call.RequestModel, call.ResponseModel, call.CacheCreation5mTokens, call.CacheCreation1hTokens, call.ReasoningTokens,
                call.WebSearchRequests, call.Quality.ToString().ToLowerInvariant(), EvidenceText(call), call.StatusCode, call.StopReason, call.Streamed, call.TimeToFirstTokenMs, call.RequestId,
                call.SessionId, call.AgentId, call.ParentAgentId, call.ToolCallCount, call.ServiceTier, call.Speed, call.InferenceGeo, call.AuthMode, call.UserAgent, call.PriceId,
                call.ClientCostNanoUsd, call.PromptPreview);
        }

        return table;
    }

    private static string EvidenceText(Call call) => call.Evidence switch
    {
        Storage.Usage.Evidence.Wire => "wire",
        Storage.Usage.Evidence.Transcript => "transcript",
        _ => "both",
    };

    private static string PositionText(Call call)
    {
        var position = new CallPosition(call);
        return string.Create(CultureInfo.InvariantCulture, $"{position.OccurredAtMs}.{position.Id}");
    }

    private static CallPosition? ReadPosition(string text, CallOrder order)
    {
        if (order is not (CallOrder.Newest or CallOrder.Oldest))
        {
            throw new ReportRequestException("after goes with sort=newest or oldest; other lists have one page (limit is at most 1000).");
        }

        var parts = text.Split('.');
        return parts.Length == 2 && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var ms) && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? new CallPosition(ms, id)
            : throw new ReportRequestException($"after is '{text}': it must be the 'next' of the page before.");
    }
}
