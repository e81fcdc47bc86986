using System.Globalization;
using Tracker.Storage.Hosting;
using Tracker.Storage.Imports;
using Tracker.Storage.Pricing;
using Tracker.Storage.Statistics;
using Tracker.Storage.Usage;

namespace Tracker.Proxy.Statistics;

/// <summary>Every report of sums, and the list of all reports.</summary>
internal sealed class Reports
{
    private static readonly ReportList Periods = ReportList.OfSums(
        "periods", new("period", ColumnKind.Text, "Which time") { IsKnown = true }, new("from", ColumnKind.Time, "Its beginning; null: open", OnlyJson: true));

    private static readonly ReportList AuthModes = ReportList.OfSums(
        "auth_modes", new ReportColumn("auth_mode", ColumnKind.Text, "api_key: billed by the call; subscription: included; null: not known. Of the time asked for, else of 30 days"));

    private static readonly ReportParameter By = new("by", "what the sums are told apart by; model when it is not given") { Words = ["model", "client", "provider", "project", "none"] };

    private static readonly ReportList Days = ReportList.OfSums(
        "days",
        [
            new("day", ColumnKind.Text, "The day in the time zone") { IsKnown = true },
            .. By.Words.Where(word => word != "none").Select(word => new ReportColumn(word, ColumnKind.Text, $"With by={word}; null: unknown") { IsOptional = true }),
        ]);

    private static readonly ReportList Hours = ReportList.OfSums("hours", new ReportColumn("hour", ColumnKind.Text, "The hour in the time zone") { IsKnown = true });

    private static readonly ReportParameter Sort = new("sort", "what the list begins with; cost when it is not given") { Words = ["cost", "newest"] };
    private static readonly ReportParameter Limit = new("limit", "the most rows there are; 50 when it is not given") { Most = 1000 };

    private static readonly ReportList SessionSums = ReportList.OfSums(
        "sessions",
        new("session", ColumnKind.Text, "The client's own id") { IsKnown = true }, new("client", ColumnKind.Text, "The program"), new("project", ColumnKind.Text, "Its working directory"),
        new("models", ColumnKind.Count, "How many models answered", OnlyJson: true) { IsKnown = true });

    private static readonly ReportList UnpricedSums = ReportList.OfSums(
        "models", new("provider", ColumnKind.Text, "Null: unknown"), new("model", ColumnKind.Text, "Null: unknown"), new("why", ColumnKind.Text, "Why there is no price") { IsKnown = true });

    private static readonly ReportList Agents = new("agents",
    [
        new("agent_id", ColumnKind.Text, "The sub-agent's own id; null: the session's main agent"),
        new("parent_agent_id", ColumnKind.Text, "The agent that started it"),
        new("model", ColumnKind.Text, "The model that answered"),
        new("calls", ColumnKind.Count, "Model calls") { IsKnown = true },
        new("input_tokens", ColumnKind.Count, "Fresh input") { Heading = "input", IsKnown = true },
        new("cache_read_tokens", ColumnKind.Count, "Read from the cache") { Heading = "cache_read", IsKnown = true },
        new("cache_creation_tokens", ColumnKind.Count, "Written to the cache") { Heading = "cache_creation", IsKnown = true },
        new("output_tokens", ColumnKind.Count, "All that came out") { Heading = "output", IsKnown = true },
        new("cost", ColumnKind.Money, "At list prices"),
        new("failed_calls", ColumnKind.Count, "Calls that ended in an error or broke off") { Heading = "failed", IsKnown = true },
        new("first_at", ColumnKind.Time, "The first call") { IsKnown = true },
        new("last_at", ColumnKind.Time, "The last call") { IsKnown = true },
    ]);

    private static readonly ReportList ToolNames = new("tools",
    [
        new("tool", ColumnKind.Text, "Its name") { IsKnown = true }, new("calls", ColumnKind.Count, "How often models asked for it") { IsKnown = true }, new("sessions", ColumnKind.Count, "Sessions in which they did") { IsKnown = true },
    ]);

    private static readonly ReportList CacheUses = new("models",
    [
        new("model", ColumnKind.Text, "Null: unknown"),
        new("calls", ColumnKind.Count, "Model calls") { IsKnown = true },
        new("total_input_tokens", ColumnKind.Count, "All that went in") { Heading = "total_input", IsKnown = true },
        new("cache_read_tokens", ColumnKind.Count, "The part read from the cache") { Heading = "cache_read", IsKnown = true },
        new("cache_creation_tokens", ColumnKind.Count, "The part written to it") { Heading = "cache_creation", IsKnown = true },
        new("hit_rate", ColumnKind.Share, "The share of the input that was read from the cache"),
        new("saved", ColumnKind.Money, "What the same tokens as fresh input would have cost more; null: no price is known"),
        new("read_per_created", ColumnKind.Share, "Tokens read for each one written; null where none was written", OnlyJson: true),
    ]);

    private static readonly ReportList Windows = new("windows",
    [
        new("provider", ColumnKind.Text, "Whose subscription") { IsKnown = true },
        new("window", ColumnKind.Text, "Its length, and for some vendors for which models") { IsKnown = true },
        new("used", ColumnKind.Share, "How much was used up when it was last told; 0 after it began anew") { IsKnown = true },
        new("observed_at", ColumnKind.Time, "When that was") { IsKnown = true },
        new("resets_at", ColumnKind.Time, "When it begins anew"),
        new("cost", ColumnKind.Money, "What this window's calls of the subscription would cost at list prices"),
        new("cost_per_percent", ColumnKind.Money, "The same for each percent used"),
    ]);

    private static readonly ReportList Covered = new("days",
    [
        new("day", ColumnKind.Text, "The day in the time zone") { IsKnown = true },
        new("client", ColumnKind.Text, "The program; null: unknown"),
        new("both_calls", ColumnKind.Count, "Calls that the proxy saw and the client logged") { Heading = "both", IsKnown = true },
        new("both_cost", ColumnKind.Money, "Their cost"),
        new("wire_calls", ColumnKind.Count, "Calls that only the proxy saw: billed, and in no log") { Heading = "wire_only", IsKnown = true },
        new("wire_cost", ColumnKind.Money, "Their cost"),
        new("transcript_calls", ColumnKind.Count, "Calls that only a log shows: they did not pass the proxy") { Heading = "log_only", IsKnown = true },
        new("transcript_cost", ColumnKind.Money, "Their cost"),
    ]);

    private static readonly ReportList Patterns = new("insights",
    [
        new("insight", ColumnKind.Text, "Which pattern") { IsKnown = true }, new("about", ColumnKind.Text, "The model, project or session"), new("calls", ColumnKind.Count, "Calls that show it") { IsKnown = true },
        new("tokens", ColumnKind.Count, "Written tokens for the cache, all input for the others") { IsKnown = true }, new("cost", ColumnKind.Money, "What these calls cost in all"),
        new("computation", ColumnKind.Text, "How it was found", OnlyJson: true) { IsKnown = true },
    ]);

    private static readonly ReportList Sources = new("imports",
    [
        new("source", ColumnKind.Text, "The client") { IsKnown = true }, new("files", ColumnKind.Count, "Log files ever read") { IsKnown = true }, new("records", ColumnKind.Count, "Records in them") { IsKnown = true },
        new("malformed_lines", ColumnKind.Count, "Lines that could not be read") { IsKnown = true }, new("files_in_trouble", ColumnKind.Count, "Files that something is wrong with; tracker-importer status names them") { IsKnown = true },
        new("last_read", ColumnKind.Time, "When something new was last read"),
    ]);

    private readonly UsageStatistics _usage;
    private readonly SessionStatistics _sessions;
    private readonly LimitQueries _limits;
    private readonly CacheSavings _savings;
    private readonly InsightQueries _insights;
    private readonly ImportStatus _imports;
    private readonly PricingQueries _pricing;
    private readonly PriceBooks _prices;
    private readonly TimeProvider _time;

    public Reports(
        UsageStatistics usage, SessionStatistics sessions, LimitQueries limits, CacheSavings savings, InsightQueries insights, ImportStatus imports, PricingQueries pricing, PriceBooks prices,
        CallReports calls, TimeProvider time)
    {
        (_usage, _sessions, _limits, _savings, _insights, _imports, _pricing, _prices, _time) = (usage, sessions, limits, savings, insights, imports, pricing, prices, time);
        All =
        [
            new("summary", "What was used and what it cost: today, in 7 and 30 days, this month and in all, or in the time asked for", [], "all", [Periods, AuthModes], Summary),
            new("daily", "The same by day and model (by=model, client, provider, project or none)", [Report.Days, By], "30d", [Days], Daily),
            new("hourly", "By hour of each day", [Report.Days], "7d", [Hours], Hourly),
            Groups("models", "By model", Grouping.Model),
            Groups("providers", "By provider", Grouping.Provider),
            Groups("clients", "By client", Grouping.Client),
            Groups("projects", "By project", Grouping.Project),
            new("sessions", "The sessions that cost most, or the latest ones (sort=newest)", [Sort, Limit], "30d", [SessionSums], Sessions),
            new("tools", "What tools models asked for", [], "30d", [ToolNames], Tools),
            calls.List,
            new("cache", "How much of the input came from the cache and what that saved, by model", [], "30d", [CacheUses], Cache),
            new("limits", "How full a subscription's windows are, and what they cost at list prices so far", [], "all", [Windows], Limits) { Common = ["provider", .. Report.OfFormat] },
            new("coverage", "Who saw the calls of each day and client: the proxy alone, the client's log alone, or both", [Report.Days], "30d", [Covered], Coverage),
            new("unpriced", "Models whose price is not known, and why", [], "all", [UnpricedSums], Unpriced),
            new("insights", "Patterns worth a look, each with how it was found", [], "30d", [Patterns], Insights),
            new("imports", "What was read of each client's logs", [], "all", [Sources], Imports) { Common = Report.OfFormat },
        ];
    }

    /// <summary>How <see cref="FindSession"/> is asked for and answers.</summary>
    public static Report SessionDetail { get; } = new("sessions/{id}", "One session: its agents by model, and its tools", [], "all", [Agents, ToolNames], _ => []) { Common = Report.OfFormat };

    public IReadOnlyList<Report> All { get; }

    public Report? Find(string name) => All.FirstOrDefault(report => report.Name == name);

    /// <summary>One session: its agents by model, and its tools.</summary>
    public IReadOnlyList<ReportTable>? FindSession(string session)
    {
        var agents = _sessions.GetAgents(session);
        if (agents.Count == 0)
        {
            return null;
        }

        var table = Agents.Table(() => string.Create(CultureInfo.InvariantCulture, $"{Counted.Of(agents.Sum(agent => agent.Calls), "call")}, {Dollars(UsageSums.KnownCost(agents.Select(agent => agent.CostNanoUsd)))}"));
        foreach (var agent in agents)
        {
            table.Add(agent.AgentId ?? (agent.ParentAgentId is null ? null : "?"), agent.ParentAgentId, agent.Model, agent.Calls, agent.InputTokens, agent.CacheReadTokens, agent.CacheCreationTokens,
                agent.OutputTokens, agent.CostNanoUsd, agent.FailedCalls, agent.FirstAt, agent.LastAt);
        }

        return [table, ToolTable(_sessions.GetTools(new UsageFilter { Session = session }))];
    }

    private Report Groups(string name, string summary, Grouping by)
    {
        var label = by.ToString().ToLowerInvariant();
        var list = ReportList.OfSums(name, new ReportColumn(label, ColumnKind.Text, "Null: unknown"));
        return new Report(name, summary, [], "30d", [list], request =>
        {
            var groups = _usage.GetGroups(request.Filter, request.Zone, by).OrderByDescending(group => group.CostNanoUsd ?? -1).ThenByDescending(group => group.Calls).ToList();
            var table = list.Table(() => Join(groups.Take(5).Select(group => $"{LabelOf(group, by) ?? "?"} {Dollars(group.CostNanoUsd)}")));
            groups.ForEach(group => table.Add([LabelOf(group, by), .. SumColumns.ValuesOf(group)]));
            return [table];
        });
    }

    private IReadOnlyList<ReportTable> Summary(ReportRequest request)
    {
        // Every period is of whole days, so the days are read once for all of them.
        var days = request.HasTime ? null : _usage.GetGroups(request.Filter, request.Zone, Grouping.Day, Grouping.AuthMode);
        var totals = days is null
            ? [("asked for", request.Filter.From == DateTimeOffset.MinValue ? (DateTimeOffset?)null : request.Filter.From, _usage.GetTotal(request.Filter))]
            : new[] { ("today", "today"), ("7 days", "7d"), ("30 days", "30d"), ("month", "month"), ("all", "all") }
                .Select(period => (Name: period.Item1, Days: ReportRequest.DaysOf(period.Item2, request.Zone, request.Now)))
                .Select(period => (period.Name, From: period.Days.First is { } first ? (DateTimeOffset?)LocalDay.StartOf(first, request.Zone) : null, Sums: UsageSums.Of(Of(period.Days)))).ToList();
        var table = Periods.Table(() => Join(totals.Where(total => total.Item1 is not ("all" or "month")).Select(total => $"{total.Item1} {Dollars(total.Item3.CostNanoUsd)}")));
        totals.ForEach(total => table.Add([total.Item1, total.Item2, .. SumColumns.ValuesOf(total.Item3)]));
        return [table, ByAuthMode(days is null ? _usage.GetGroups(request.Filter, TimeZoneInfo.Utc, Grouping.AuthMode) : Of(ReportRequest.DaysOf("30d", request.Zone, request.Now)))];

        IEnumerable<UsageSums> Of((DateOnly? First, DateOnly? Last) period) => days.Where(day => day.Day >= (period.First ?? DateOnly.MinValue) && day.Day <= (period.Last ?? DateOnly.MaxValue));
    }

    // What a subscription includes and what is billed by the call are not the same money.
    private static ReportTable ByAuthMode(IEnumerable<UsageSums> sums)
    {
        var groups = sums.GroupBy(group => group.AuthMode, StringComparer.Ordinal).Select(group => UsageSums.Of(group) with { AuthMode = group.Key })
            .OrderByDescending(group => group.CostNanoUsd ?? -1).ToList();
        var table = AuthModes.Table(() => Join(groups.Select(group => $"{group.AuthMode ?? "?"} {Dollars(group.CostNanoUsd)}")));
        groups.ForEach(group => table.Add([group.AuthMode, .. SumColumns.ValuesOf(group)]));
        return table;
    }

    private IReadOnlyList<ReportTable> Daily(ReportRequest request)
    {
        var by = request.Choose(By);
        Grouping[] groupings = by == "none" ? [Grouping.Day] : [Grouping.Day, Enum.Parse<Grouping>(by, ignoreCase: true)];
        var groups = _usage.GetGroups(request.Filter, request.Zone, groupings)
            .OrderByDescending(group => group.Day).ThenByDescending(group => group.CostNanoUsd ?? -1).ThenByDescending(group => group.Calls).ToList();
        var table = new ReportTable(Days.Name, [.. Days.Columns.Where(column => !column.IsOptional || column.Name == by)]) { Line = () => Join(groups.GroupBy(group => group.Day).Select(day => $"{DayText(day.Key)} {Dollars(UsageSums.Of(day).CostNanoUsd)}")) };
        foreach (var group in groups)
        {
            table.Add(by == "none" ? [DayText(group.Day), .. SumColumns.ValuesOf(group)] : [DayText(group.Day), LabelOf(group, groupings[1]), .. SumColumns.ValuesOf(group)]);
        }

        return [table];
    }

    private IReadOnlyList<ReportTable> Hourly(ReportRequest request)
    {
        var groups = _usage.GetGroups(request.Filter, request.Zone, Grouping.Hour).OrderByDescending(group => group.Day).ThenByDescending(group => group.Hour).ToList();
        var table = Hours.Table(() => Join(groups.Take(24).Select(group => $"{HourText(group)} {Dollars(group.CostNanoUsd)}")));
        groups.ForEach(group => table.Add([HourText(group), .. SumColumns.ValuesOf(group)]));
        return [table];
    }

    private IReadOnlyList<ReportTable> Sessions(ReportRequest request)
    {
        var sessions = _usage.GetSessions(request.Filter, request.Choose(Sort) == "cost", request.Number(Limit, 50));
        var table = SessionSums.Table(() => Join(sessions.Take(3).Select(session => $"{session.Sums.Session} {Dollars(session.Sums.CostNanoUsd)}")));
        foreach (var session in sessions)
        {
            table.Add([session.Sums.Session, session.Sums.Client, session.Sums.Project, session.Models, .. SumColumns.ValuesOf(session.Sums)]);
        }

        return [table];
    }

    private IReadOnlyList<ReportTable> Tools(ReportRequest request) => [ToolTable(_sessions.GetTools(request.Filter))];

    private static ReportTable ToolTable(IReadOnlyList<ToolSums> tools)
    {
        var table = ToolNames.Table(() => Join(tools.Take(5).Select(tool => $"{tool.Name} {tool.Calls}")));
        foreach (var tool in tools)
        {
            table.Add(tool.Name, tool.Calls, tool.Sessions);
        }

        return table;
    }

    private IReadOnlyList<ReportTable> Cache(ReportRequest request)
    {
        var models = _savings.GetByModel(request.Filter).Where(model => model.TotalInputTokens > 0).OrderByDescending(model => model.TotalInputTokens).ToList();
        var table = CacheUses.Table(() => $"cache hit rate {Share(models.Sum(model => model.CacheReadTokens), models.Sum(model => model.TotalInputTokens))?.ToString("0.0 %", CultureInfo.InvariantCulture) ?? "?"}");
        foreach (var model in models)
        {
            table.Add(model.Model, model.Calls, model.TotalInputTokens, model.CacheReadTokens, model.CacheCreationTokens, Share(model.CacheReadTokens, model.TotalInputTokens), model.SavedNanoUsd,
                Share(model.CacheReadTokens, model.CacheCreationTokens));
        }

        return [table];
    }

    private IReadOnlyList<ReportTable> Limits(ReportRequest request)
    {
        var now = _time.GetUtcNow();
        var windows = _limits.GetLatest().Where(window => request.Filter.Provider is null || window.Provider == request.Filter.Provider).ToList();
        var table = Windows.Table(() => Join(windows.Select(window => string.Create(CultureInfo.InvariantCulture, $"{window.Provider} {window.Window} {(window.ResetsAt <= now ? 0 : window.UsedFraction):0 %}"))));
        foreach (var window in windows)
        {
            var isOver = window.ResetsAt <= now;
            var cost = isOver ? 0 : CostOf(window, request.Filter);
            var perPercent = cost is > 0 && window.UsedFraction > 0 && !isOver ? (long?)(cost.Value / (window.UsedFraction * 100)) : null;
            table.Add(window.Provider, window.Window, isOver ? 0.0 : window.UsedFraction, window.ObservedAt, isOver ? null : window.ResetsAt, cost, perPercent);
        }

        return [table];
    }

    /// <summary>Of the window's calls until it was last told how full it was.</summary>
    private long? CostOf(LimitWindow window, UsageFilter filter)
    {
        if (window.ResetsAt is not { } resetsAt || LengthOf(window.Window) is not { } length)
        {
            return null;
        }

        var calls = filter with { From = resetsAt - length, To = window.ObservedAt.AddMinutes(1), Provider = window.Provider };
        var groups = _usage.GetGroups(calls, TimeZoneInfo.Utc, Grouping.AuthMode, Grouping.Model).Where(group => group.AuthMode == "subscription").ToList();
        if (window.Window.IndexOf('_', StringComparison.Ordinal) is var at and >= 0)
        {
            // "7d_opus" is about the models of that family alone. Of "5h_bengalfox" nobody can say which those are.
            groups.RemoveAll(group => group.Model?.Contains(window.Window[(at + 1)..], StringComparison.OrdinalIgnoreCase) != true);
            if (groups.Count == 0)
            {
                return null;
            }
        }

        return UsageSums.Of(groups).CostNanoUsd;
    }

    private static TimeSpan? LengthOf(string window)
    {
        var length = window.Split('_')[0];
        return length.Length > 1 && int.TryParse(length.AsSpan(0, length.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= 366 * 1440 // A year of minutes; and what earlier versions stored can be anything.
            ? length[^1] switch { 'm' => TimeSpan.FromMinutes(number), 'h' => TimeSpan.FromHours(number), 'd' => TimeSpan.FromDays(number), _ => null }
            : null;
    }

    private IReadOnlyList<ReportTable> Coverage(ReportRequest request)
    {
        var groups = _usage.GetGroups(request.Filter, request.Zone, Grouping.Day, Grouping.Client, Grouping.Evidence)
            .GroupBy(group => (group.Day, group.Client)).OrderByDescending(day => day.Key.Day).ThenBy(day => day.Key.Client, StringComparer.Ordinal).ToList();
        var table = Covered.Table(() => Join(new[] { ("both", Evidence.Wire | Evidence.Transcript), ("wire only", Evidence.Wire), ("log only", Evidence.Transcript) }
                .Select(kind => $"{kind.Item1} {groups.SelectMany(day => day).Where(group => group.Evidence == kind.Item2).Sum(group => group.Calls)}")));
        foreach (var day in groups)
        {
            (long Calls, long? Cost) Seen(Evidence evidence) => day.FirstOrDefault(group => group.Evidence == evidence) is { } group ? (group.Calls, group.CostNanoUsd) : (0, 0);
            var (both, wire, transcript) = (Seen(Evidence.Wire | Evidence.Transcript), Seen(Evidence.Wire), Seen(Evidence.Transcript));
            table.Add(DayText(day.Key.Day), day.Key.Client, both.Calls, both.Cost, wire.Calls, wire.Cost, transcript.Calls, transcript.Cost);
        }

        return [table];
    }

    private IReadOnlyList<ReportTable> Unpriced(ReportRequest request)
    {
        var groups = _usage.GetGroups(request.Filter, request.Zone, Grouping.Provider, Grouping.Model).Where(group => group.CallsWithoutPrice > 0).OrderByDescending(group => group.CallsWithoutPrice).ToList();
        // When the latest unpriced call was; what was pruned is in the sums alone.
        var unpriced = groups.Count == 0 ? [] : _pricing.GetUnpricedModels(int.MaxValue).ToDictionary(model => (model.Provider, model.Model));
        var table = UnpricedSums.Table(() => groups.Count == 0 ? "every model has a price" : $"{Counted.Of(groups.Sum(group => group.CallsWithoutPrice), "call")} of {Counted.Of(groups.Count, "model")} {(groups.Sum(group => group.CallsWithoutPrice) == 1 ? "has" : "have")} no price");
        groups.ForEach(group => table.Add([group.Provider, group.Model, WhyUnpriced(group), .. SumColumns.ValuesOf(group)]));
        return [table];

        string WhyUnpriced(UsageSums group) => _prices.Current.WhyUnpriced(
            unpriced.GetValueOrDefault((group.Provider, group.Model)) ?? new UnpricedModel(group.Provider, group.Model, group.CallsWithoutPrice, group.LastAt ?? DateTimeOffset.UnixEpoch));
    }

    private IReadOnlyList<ReportTable> Insights(ReportRequest request)
    {
        var insights = _insights.Get(request.Filter);
        (string Name, string Computation, IReadOnlyList<Insight> Found)[] kinds =
        [
            ("cache_outlived", string.Create(CultureInfo.InvariantCulture, $"calls {InsightQueries.ShortCacheLifetime.TotalMinutes} to {InsightQueries.LongCacheLifetime.TotalMinutes} minutes after the call before of the same session, agent and model that wrote more to the five-minute cache than they read"), insights.CacheOutlived),
            ("cache_hardly_read", string.Create(CultureInfo.InvariantCulture, $"sessions that wrote more than {InsightQueries.MuchWritten:N0} tokens to the cache, and more than they read from it"), insights.CacheHardlyRead),
            ("large_context", string.Create(CultureInfo.InvariantCulture, $"calls with more than {InsightQueries.LargeContext:N0} tokens of input, cached ones included"), insights.LargeContexts),
            ("tiny_answers", $"models with at least {InsightQueries.FewestTinyAnswers} completed answers of at most {InsightQueries.TinyOutput} tokens that asked for no tool", insights.TinyAnswers),
        ];
        var table = Patterns.Table(() => Join(kinds.Where(kind => kind.Found.Count > 0).Select(kind => $"{kind.Name} {kind.Found.Sum(insight => insight.Calls)}")));
        foreach (var (name, computation, found) in kinds)
        {
            foreach (var insight in found)
            {
                table.Add(name, insight.About, insight.Calls, insight.Tokens, insight.CostNanoUsd, computation);
            }
        }

        return [table];
    }

    private IReadOnlyList<ReportTable> Imports(ReportRequest request)
    {
        var sources = _imports.ReadSources();
        var table = Sources.Table(() => Join(sources.Select(source => $"{source.Source} {source.Records}")));
        foreach (var source in sources)
        {
            table.Add(source.Source, source.Files, source.Records, source.MalformedLines, source.FilesInTrouble, source.LastRead);
        }

        return [table];
    }

    private static string? LabelOf(UsageSums sums, Grouping by) => by switch
    {
        Grouping.Model => sums.Model,
        Grouping.Provider => sums.Provider,
        Grouping.Client => sums.Client,
        Grouping.Project => sums.Project,
        _ => throw new ArgumentOutOfRangeException(nameof(by), by, null),
    };

    private static string DayText(DateOnly? day) => day?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? "";

    private static string HourText(UsageSums sums) => string.Create(CultureInfo.InvariantCulture, $"{sums.Day:yyyy-MM-dd}T{sums.Hour:00}:00");

    private static string Dollars(long? nanoUsd) => nanoUsd is { } cost ? string.Create(CultureInfo.InvariantCulture, $"${cost / 1e9m:0.00}") : "$?";

    private static string Join(IEnumerable<string> parts) => string.Join(", ", parts);

    private static double? Share(long part, long whole) => whole == 0 ? null : (double)part / whole;
}
