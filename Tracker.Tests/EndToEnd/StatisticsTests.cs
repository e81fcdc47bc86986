using System.Net;
using System.Text.Json;
using Tracker.Storage.Usage;
using Tracker.Tests.Support;

namespace Tracker.Tests.EndToEnd;

/// <summary>The reports of a real proxy, as scripts and people ask for them.</summary>
public sealed class StatisticsTests : IDisposable
{
    private static readonly string[] Reports =
        ["summary", "daily", "hourly", "models", "providers", "clients", "projects", "sessions", "tools", "requests", "cache", "limits", "coverage", "unpriced", "insights", "imports"];

    private readonly TestDatabase _database = new();

    public void Dispose() => _database.Dispose();

    [Test, CancelAfter(120_000)]
    public async Task Every_report_answers_in_every_format_and_wrong_questions_are_named(CancellationToken cancellationToken)
    {
        Write();
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, new Uri("http://127.0.0.1:9"), cancellationToken);
        using var client = new HttpClient { BaseAddress = proxy.Address };

        foreach (var report in Reports)
        {
            using var json = JsonDocument.Parse(await GetAsync($"/stats/{report}?format=json&tz=UTC"));
            Assert.That(json.RootElement.GetProperty("time_zone").GetString(), Is.EqualTo("UTC"), report);
            Assert.That((await GetAsync($"/stats/{report}")).Split('\n')[0], Does.Match("^[a-z_ 0-9]+$"), report);
            Assert.That(await GetAsync($"/stats/{report}?format=csv"), Does.Match("^[a-z_,0-9]+\r\n"), report);
            Assert.That(await GetAsync($"/stats/{report}?format=line"), Does.EndWith("\n").And.Not.Contain("\r"), report);
            Assert.That(await GetAsync($"/stats/{report}?no=1", HttpStatusCode.BadRequest), Does.Contain("'no'"), report);
            Assert.That(await GetAsync($"/stats/{report}?format=xml", HttpStatusCode.BadRequest), Does.Contain("format"), report);
        }

        foreach (var path in new[] { "imports?period=7d", "imports?client=codex", "limits?from=2026-11-01", "limits?client=codex", "limits?project=x", "requests/1?client=codex", "requests/1?period=7d", "sessions/s?days=1" })
        {
            Assert.That(await GetAsync($"/stats/{path}", HttpStatusCode.BadRequest), Does.Contain("There is no parameter").And.Contain("tz").And.Contain("format"), path);
        }

        Assert.That(await GetAsync("/stats/unpriced?format=line"), Is.EqualTo("1 call of 1 model has no price\n"));
        Assert.That(await GetAsync("/stats/limits?provider=anthropic&tz=UTC&format=line"), Is.EqualTo("\n"));
        Assert.That(await GetAsync("/stats/cache?format=line"), Is.EqualTo("cache hit rate 81.6 %\n"));
        Assert.That(await GetAsync("/stats/cache?client=nobody&format=line"), Is.EqualTo("cache hit rate ?\n"), "no call has no rate");
        Assert.That(await GetAsync("/stats/models?tz=Nowhere/Land", HttpStatusCode.BadRequest), Does.Contain("Nowhere/Land"));
        Assert.That(await GetAsync("/stats/models?period=%1B[31mX", HttpStatusCode.BadRequest), Does.StartWith("period is '?[31mX'"));
        Assert.That(await GetAsync("/stats/daily?by=colour", HttpStatusCode.BadRequest), Does.Contain("by is 'colour'"));
        Assert.That(await GetAsync("/stats/requests?sort=cost&after=1.1", HttpStatusCode.BadRequest), Does.Contain("after"));
        Assert.That(await GetAsync("/stats/requests/999999", HttpStatusCode.NotFound), Does.Contain("no such entry"));
        Assert.That(await GetAsync("/stats/requests/x", HttpStatusCode.NotFound), Does.Contain("no such entry"));
        Assert.That(await GetAsync("/stats/sessions/nobody", HttpStatusCode.NotFound), Does.Contain("no such entry"));
        Assert.That(await GetAsync("/stats/unknown", HttpStatusCode.NotFound), Does.StartWith("There is no report 'unknown'. ").And.Contain("/stats/coverage"));
        Assert.That(await GetAsync("/stats/models/x/%1B[31m", HttpStatusCode.NotFound), Does.StartWith("There is no report 'models/x/?[31m'. "));
        Assert.That(await GetAsync("/stats"), Does.Contain("/stats/summary").And.Match("/stats/hourly +7d +By hour"));
        using var asCsv = new HttpRequestMessage(HttpMethod.Get, "/stats/unpriced?tz=UTC") { Headers = { Accept = { new("text/csv") } } };
        using var csv = await client.SendAsync(asCsv, cancellationToken);
        Assert.That((csv.Content.Headers.ContentType?.ToString(), await csv.Content.ReadAsStringAsync(cancellationToken)), Is.EqualTo(("text/csv; charset=utf-8", await GetAsync("/stats/unpriced?tz=UTC&format=csv"))));

        async Task<string> GetAsync(string path, HttpStatusCode status = HttpStatusCode.OK)
        {
            using var response = await client.GetAsync(path, cancellationToken);
            var text = await response.Content.ReadAsStringAsync(cancellationToken);
            Assert.That(response.StatusCode, Is.EqualTo(status), $"{path}: {text}");
            return text;
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task Parts_of_a_refused_calls_cost_are_nothing_together(CancellationToken cancellationToken)
    {
        using var database = new TestDatabase();
        database.Write(Some.Usage() with { Outcome = CallOutcome.Error, InputTokens = null, OutputTokens = null, CacheReadTokens = null, CacheCreation5mTokens = null, CacheCreation1hTokens = null });
        await using var proxy = await ProxyUnderTest.StartAsync(database.Folder, new Uri("http://127.0.0.1:9"), cancellationToken);
        using var client = new HttpClient { BaseAddress = proxy.Address };

        using var call = JsonDocument.Parse(await client.GetStringAsync("/stats/requests/1?format=json", cancellationToken));

        Assert.That(call.RootElement.GetProperty("requests")[0].GetProperty("cost_nano_usd").GetInt64(), Is.Zero);
        Assert.That(
            call.RootElement.GetProperty("cost_parts").EnumerateArray().Where(part => part.GetProperty("cost_nano_usd").ValueKind != JsonValueKind.Null).Select(part => $"{part.GetProperty("part")} {part.GetProperty("cost_nano_usd")}"),
            Is.EqualTo(new[] { "total 0" }));
    }

    [Test, CancelAfter(120_000)]
    public async Task Reports_tell_what_the_rows_hold(CancellationToken cancellationToken)
    {
        using var database = new TestDatabase();
        var now = TimeProvider.System.GetUtcNow();
        var call = Some.Usage() with { OccurredAt = now.AddMinutes(-30), Client = "claude-code", SessionId = "s/1", Project = "/p", AuthMode = AuthMode.Subscription };
        database.Write(
            call with { Limits = [new LimitSample("5h", now.AddMinutes(-1), 0.5, now.AddHours(2)), new LimitSample("5h_bengalfox", now.AddMinutes(-1), 0.5, now.AddHours(2)), new LimitSample("5h_opus", now.AddMinutes(-1), 0.5, now.AddHours(2))], ToolCalls = [new ToolCall("t1", "Bash")] },
            call with { Key = Some.Key(), AgentId = "agent", ParentAgentId = "main", Evidence = Evidence.Wire | Evidence.Transcript },
            call with { Key = Some.Key(), Client = "codex", SessionId = null, ResponseModel = "nobody-knows", Evidence = Evidence.Transcript, AuthMode = null },
            call with { Key = Some.Key(), SessionId = null, ResponseModel = "claude-haiku-4-5", Outcome = CallOutcome.Incomplete, InputTokens = null, OutputTokens = null, CacheReadTokens = null, CacheCreation5mTokens = null, CacheCreation1hTokens = null });
        await using var proxy = await ProxyUnderTest.StartAsync(database.Folder, new Uri("http://127.0.0.1:9"), cancellationToken);
        using var client = new HttpClient { BaseAddress = proxy.Address };

        Assert.That(Row(await ReadAsync("models"), "models", "model", "claude-opus-4-8").GetProperty("totals").GetProperty("cost_nano_usd").GetInt64(), Is.EqualTo(2 * 46_602_250));
        Assert.That((await ReadAsync("unpriced")).GetProperty("models").EnumerateArray().Select(row => row.GetProperty("model").GetString()), Is.EqualTo(new[] { "nobody-knows" }));
        Assert.That((await ReadAsync("unpriced")).GetProperty("models")[0].GetProperty("why").GetString(), Is.EqualTo("no price is known for this model at this provider"));
        var brokenOff = Row(await ReadAsync("models"), "models", "model", "claude-haiku-4-5").GetProperty("totals");
        Assert.That((brokenOff.GetProperty("unpriced_calls").GetInt64(), brokenOff.GetProperty("uncounted_calls").GetInt64()), Is.EqualTo((0L, 1L)));
        Assert.That((await ReadAsync("tools")).GetProperty("tools")[0].GetProperty("tool").GetString(), Is.EqualTo("Bash"));

        var covered = Row(await ReadAsync("coverage"), "days", "client", "claude-code");
        Assert.That((covered.GetProperty("both_calls").GetInt64(), covered.GetProperty("wire_calls").GetInt64(), covered.GetProperty("transcript_calls").GetInt64()), Is.EqualTo((1L, 2L, 0L)));

        // 20 007 tokens read for 0.50 instead of 5.00, 3 003 written for 6.25 and 505 for 10.00 instead of 5.00: twice.
        var cache = Row(await ReadAsync("cache"), "models", "model", "claude-opus-4-8");
        Assert.That(cache.GetProperty("saved_nano_usd").GetInt64(), Is.EqualTo(2 * ((20_007 * 4500) - (3003 * 1250) - (505 * 5000))));
        Assert.That(cache.GetProperty("hit_rate").GetDouble(), Is.EqualTo(20_007.0 / (1001 + 20_007 + 3003 + 505)).Within(1e-6));

        var windows = await ReadAsync("limits");
        Assert.That(Row(windows, "windows", "window", "5h_bengalfox").GetProperty("cost_nano_usd").ValueKind, Is.EqualTo(JsonValueKind.Null), "nobody can say which models those are");
        Assert.That(Row(windows, "windows", "window", "5h_opus").GetProperty("cost_nano_usd").GetInt64(), Is.EqualTo(93_204_500));
        var window = Row(windows, "windows", "window", "5h");
        Assert.That((window.GetProperty("used").GetDouble(), window.GetProperty("cost_nano_usd").GetInt64(), window.GetProperty("cost_per_percent_nano_usd").GetInt64()), Is.EqualTo((0.5, 93_204_500L, 1_864_090L)));

        var agents = (await ReadAsync("sessions/s%2F1")).GetProperty("agents").EnumerateArray().Select(agent => agent.GetProperty("agent_id").GetString());
        Assert.That(agents, Is.EquivalentTo(new[] { null, "agent" }));

        var first = await ReadAsync("requests?limit=3");
        var second = await ReadAsync($"requests?limit=3&after={first.GetProperty("next").GetString()}");
        var ids = Ids(first).Concat(Ids(second)).ToList();
        Assert.That(ids, Is.EqualTo(new[] { 4, 3, 2, 1 }));
        Assert.That(second.TryGetProperty("next", out _), Is.False);
        var detail = await ReadAsync("requests/1");
        Assert.That(detail.GetProperty("cost_parts").EnumerateArray().Where(part => part.GetProperty("part").GetString() == "total").Select(part => part.GetProperty("cost_nano_usd").GetInt64()), Is.EqualTo(new[] { 46_602_250L }));

        async Task<JsonElement> ReadAsync(string report)
        {
            using var document = JsonDocument.Parse(await client.GetStringAsync($"/stats/{report}{(report.Contains('?', StringComparison.Ordinal) ? '&' : '?')}format=json", cancellationToken));
            return document.RootElement.Clone();
        }

        static JsonElement Row(JsonElement document, string list, string key, string value) => document.GetProperty(list).EnumerateArray().Single(row => row.GetProperty(key).GetString() == value);

        static IEnumerable<int> Ids(JsonElement document) => document.GetProperty("requests").EnumerateArray().Select(row => row.GetProperty("id").GetInt32());
    }

    [Test, CancelAfter(60_000)]
    public async Task Unknown_cost_is_unknown_in_every_report_also_beside_a_call_that_failed(CancellationToken cancellationToken)
    {
        using var database = new TestDatabase();
        var now = TimeProvider.System.GetUtcNow();
        var call = Some.Usage() with { OccurredAt = now.AddMinutes(-30), ResponseModel = "nobody-knows", Client = "claude-code", SessionId = "s", AuthMode = AuthMode.Subscription };
        database.Write(
            call with { Limits = [new LimitSample("5h", now.AddMinutes(-1), 0.5, now.AddHours(2))] },
            call with { Key = Some.Key(), Client = "codex" },
            call with { Key = Some.Key(), Outcome = CallOutcome.Error, InputTokens = null, OutputTokens = null, CacheReadTokens = null, CacheCreation5mTokens = null, CacheCreation1hTokens = null });
        await using var proxy = await ProxyUnderTest.StartAsync(database.Folder, new Uri("http://127.0.0.1:9"), cancellationToken);
        using var client = new HttpClient { BaseAddress = proxy.Address };

        Assert.That(await client.GetStringAsync("/stats/daily?by=client&format=line&tz=UTC", cancellationToken), Does.EndWith(" $?\n").And.Not.Contain("$0"));
        Assert.That(await client.GetStringAsync("/stats/sessions/s?format=line", cancellationToken), Is.EqualTo("3 calls, $?\n"));
        foreach (var (report, list, column) in new[] { ("models", "models", "cost_nano_usd"), ("sessions", "sessions", "cost_nano_usd"), ("sessions/s", "agents", "cost_nano_usd"), ("limits", "windows", "cost_nano_usd"), ("cache", "models", "saved_nano_usd") })
        {
            using var document = JsonDocument.Parse(await client.GetStringAsync($"/stats/{report}?format=json", cancellationToken));
            var row = document.RootElement.GetProperty(list)[0];
            var value = (row.TryGetProperty("totals", out var totals) ? totals : row).GetProperty(column);
            Assert.That(value.ValueKind, Is.EqualTo(JsonValueKind.Null), report);
        }

        using var dearest = JsonDocument.Parse(await client.GetStringAsync("/stats/requests?sort=cost&format=json", cancellationToken));
        Assert.That(dearest.RootElement.GetProperty("requests").GetArrayLength(), Is.EqualTo(3));
    }

    [Test, CancelAfter(60_000)]
    public async Task Document_of_the_api_names_every_report(CancellationToken cancellationToken)
    {
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, new Uri("http://127.0.0.1:9"), cancellationToken);
        using var client = new HttpClient { BaseAddress = proxy.Address };

        using var document = JsonDocument.Parse(await client.GetStringAsync("/stats/openapi.json", cancellationToken));

        var paths = document.RootElement.GetProperty("paths");
        Assert.That(paths.EnumerateObject().Select(path => path.Name), Is.EquivalentTo(Reports.Select(report => "/stats/" + report).Append("/stats/requests/{id}").Append("/stats/sessions/{id}").Append("/status")));
        Assert.That(paths.GetProperty("/stats/daily").GetProperty("get").GetProperty("parameters").EnumerateArray().Select(parameter => parameter.GetProperty("name").GetString()), Does.Contain("by").And.Contain("tz"));
        Assert.That(paths.EnumerateObject().Where(path => path.Value.GetProperty("get").GetProperty("responses").TryGetProperty("404", out _)).Select(path => path.Name), Is.EquivalentTo(new[] { "/stats/requests/{id}", "/stats/sessions/{id}" }));
    }

    [Test, CancelAfter(60_000)]
    public async Task Calls_of_a_wrong_time_are_in_all_and_in_no_other_period(CancellationToken cancellationToken)
    {
        await EndOfDay.AvoidAsync(0, cancellationToken);
        await EndOfDay.AvoidAsync(10, cancellationToken); // Of Kiritimati's.
        var now = TimeProvider.System.GetUtcNow();
        _database.Write([.. new[] { now, now.AddDays(40), DateTimeOffset.Parse("9999-12-31T23:59:59Z"), DateTimeOffset.Parse("0001-01-01T00:00:00Z") }.Select(time => Some.Usage() with { OccurredAt = time })]);
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, new Uri("http://127.0.0.1:9"), cancellationToken);
        using var client = new HttpClient { BaseAddress = proxy.Address };

        using var summary = JsonDocument.Parse(await client.GetStringAsync("/stats/summary?format=json&tz=Pacific/Kiritimati", cancellationToken));
        using var days = JsonDocument.Parse(await client.GetStringAsync("/stats/daily?period=today&format=json", cancellationToken));

        Assert.That(summary.RootElement.GetProperty("periods").EnumerateArray().Select(period => period.GetProperty("totals").GetProperty("calls").GetInt32()), Is.EqualTo(new[] { 1, 1, 1, 1, 4 }));
        Assert.That(summary.RootElement.GetProperty("auth_modes")[0].GetProperty("totals").GetProperty("calls").GetInt32(), Is.EqualTo(1), "of 30 days");
        Assert.That((summary.RootElement.GetProperty("from").ValueKind, summary.RootElement.GetProperty("to").ValueKind), Is.EqualTo((JsonValueKind.Null, JsonValueKind.Null)));
        Assert.That(days.RootElement.GetProperty("days").GetArrayLength(), Is.EqualTo(1));
    }

    [Test, CancelAfter(60_000)]
    public async Task Head_is_answered_as_get_without_a_body(CancellationToken cancellationToken)
    {
        Write();
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, new Uri("http://127.0.0.1:9"), cancellationToken);
        using var client = new HttpClient { BaseAddress = proxy.Address };

        foreach (var path in new[] { "/", "/healthz", "/status", "/dashboard", "/stats", "/stats/summary?format=csv", "/stats/requests/9", "/stats/openapi.json" })
        {
            using var asked = await client.GetAsync(path, cancellationToken);
            using var head = await client.SendAsync(new HttpRequestMessage(HttpMethod.Head, path), cancellationToken);
            Assert.That((head.StatusCode, head.Content.Headers.ContentType), Is.EqualTo((asked.StatusCode, asked.Content.Headers.ContentType)), path);
            Assert.That(await head.Content.ReadAsStringAsync(cancellationToken), Is.Empty, path);
        }
    }

    [Test]
    public void Page_tells_the_usual_period_of_every_report()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "statistics.md"));
        var told = System.Text.RegularExpressions.Regex.Matches(page, @"^\| `curl '?127\.0\.0\.1:8082/stats/([a-z]+)[?'`][^|]*\| `([a-z0-9]+)` \|", System.Text.RegularExpressions.RegexOptions.Multiline);

        var reports = new Tracker.Proxy.Statistics.Reports(null!, null!, null!, null!, null!, null!, null!, null!, new Tracker.Proxy.Statistics.CallReports(null!, null!), TimeProvider.System).All;

        Assert.That(told.Select(row => (row.Groups[1].Value, row.Groups[2].Value)), Is.EquivalentTo(reports.Select(report => (report.Name, report.UsualPeriod))));
    }

    private void Write() => _database.Write(
        Some.Usage() with { OccurredAt = TimeProvider.System.GetUtcNow().AddMinutes(-1), Client = "codex", SessionId = "s", Project = "/p", ToolCalls = [new ToolCall("t", "Bash")] },
        Some.Usage() with { OccurredAt = TimeProvider.System.GetUtcNow().AddDays(-1), ResponseModel = "nobody-knows" });
}
