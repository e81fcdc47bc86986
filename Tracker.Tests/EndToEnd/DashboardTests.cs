using System.Globalization;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.AspNetCore.Http;
using Microsoft.Playwright;
using Tracker.Storage.Usage;
using Tracker.Tests.Support;

namespace Tracker.Tests.EndToEnd;

/// <summary>The dashboard in a real browser, served by a real proxy.</summary>
public sealed class DashboardTests
{
    private static readonly string[] Pages = ["overview", "requests", "sessions", "projects", "models", "clients", "tools", "coverage", "insights", "health", "connect"];

    private const string LongName = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abcdefghijkl";

    private TestDatabase _database = null!;

    [SetUp]
    public void SetUp() => _database = new TestDatabase();

    [TearDown]
    public void TearDown() => _database.Dispose();

    [TestCase("light", ColorScheme.Light, 1280), TestCase("dark", ColorScheme.Dark, 1280), TestCase("phone", ColorScheme.Light, 375), CancelAfter(300_000)]
    public async Task Every_page_loads_without_an_error_and_can_be_used_by_all(string name, ColorScheme scheme, int width, CancellationToken cancellationToken)
    {
        WriteCalls();
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, new Uri("http://127.0.0.1:9"), cancellationToken);
        await using var browser = await Browser.StartAsync();

        await using var context = await browser.NewContextAsync(scheme, width);
        var page = await context.NewPageAsync();
        var errors = new List<string>();
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                errors.Add(message.Text);
            }
        };
        page.PageError += (_, error) => errors.Add(error);
        foreach (var path in Pages)
        {
            await OpenAsync(page, proxy, path);

            await page.ScreenshotAsync(new PageScreenshotOptions { Path = Screenshot($"{path}-{name}"), FullPage = true });
            Assert.That(errors, Is.Empty, path);
            Assert.That(await page.Locator("#content").InnerTextAsync(), Does.Not.Match("undefined|NaN"), path);
            Assert.That(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), Is.True, $"{path} is wider than the screen");
            var faults = (await page.RunAxe(new AxeRunOptions { RunOnly = new RunOnlyOptions { Type = "tag", Values = ["wcag2a", "wcag2aa"] } })).Violations
                .Select(violation => $"{violation.Id}: {violation.Help} {violation.Nodes[0].Html}");
            Assert.That(faults, Is.Empty, path);
        }
    }

    [Test, CancelAfter(120_000)]
    public async Task Numbers_are_those_of_the_api_filters_work_and_the_detail_says_where_they_come_from(CancellationToken cancellationToken)
    {
        WriteCalls();
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, new Uri("http://127.0.0.1:9"), cancellationToken);
        await using var browser = await Browser.StartAsync();
        await using var context = await browser.NewContextAsync();
        var page = await context.NewPageAsync();

        await OpenAsync(page, proxy, "overview");
        using var client = new HttpClient { BaseAddress = proxy.Address };
        using var summary = System.Text.Json.JsonDocument.Parse(await client.GetStringAsync("/stats/summary?format=json&tz=UTC", cancellationToken));
        var totals = summary.RootElement.GetProperty("periods").EnumerateArray().Single(period => period.GetProperty("period").GetString() == "30 days").GetProperty("totals");
        var cost = totals.GetProperty("cost_usd").GetDecimal().ToString("$0.00", CultureInfo.InvariantCulture);
        await Assertions.Expect(page.GetByLabel("30 days", new() { Exact = true }).Locator(".figure")).ToHaveTextAsync(cost);
        Assert.That(totals.GetProperty("calls").GetInt64(), Is.EqualTo(41));

        await OpenAsync(page, proxy, "requests");
        await Assertions.Expect(page.Locator("tbody tr")).ToHaveCountAsync(41);
        await page.GetByLabel("Outcome", new() { Exact = true }).First.SelectOptionAsync("error");
        await Assertions.Expect(page.Locator("tbody tr")).ToHaveCountAsync(1);
        await page.GetByLabel("Outcome", new() { Exact = true }).First.SelectOptionAsync("*");
        await page.GetByLabel("Client", new() { Exact = true }).First.SelectOptionAsync("codex");
        await Assertions.Expect(page.Locator("tbody tr")).ToHaveCountAsync(20);

        await page.Locator("tbody tr").First.ClickAsync();
        var dialog = page.Locator("dialog");
        await Assertions.Expect(dialog).ToContainTextAsync("the client’s log");
        await Assertions.Expect(dialog).ToContainTextAsync("For a million");
        await page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(dialog).ToHaveCountAsync(0);
    }

    [Test, CancelAfter(120_000)]
    public async Task New_user_sees_the_next_step_and_rows_appear_as_they_land(CancellationToken cancellationToken)
    {
        await using var upstream = await KestrelUpstream.StartAsync(context => context.WriteMessageAsync(1), cancellationToken);
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, upstream.Address, cancellationToken);
        await using var browser = await Browser.StartAsync();
        await using var context = await browser.NewContextAsync();
        var page = await context.NewPageAsync();
        await OpenAsync(page, proxy, "overview");
        await Assertions.Expect(page.GetByText("tracker-proxy connect", new() { Exact = true })).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByText("tracker-importer", new() { Exact = true })).ToBeVisibleAsync();
        await page.ScreenshotAsync(new PageScreenshotOptions { Path = Screenshot("empty-light"), FullPage = true });
        await page.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = ColorScheme.Dark });
        await page.ScreenshotAsync(new PageScreenshotOptions { Path = Screenshot("empty-dark"), FullPage = true });
        await page.GetByText("Or one client, for one session").ClickAsync();
        var origin = proxy.Address.GetLeftPart(UriPartial.Authority);
        foreach (var command in new[] { $"ANTHROPIC_BASE_URL={origin} claude", $"codex -c openai_base_url=\"{origin}/openai/v1\"", $"codex -c openai_base_url=\"{origin}/chatgpt\"" })
        {
            await Assertions.Expect(page.GetByText(command, new() { Exact = true })).ToBeVisibleAsync();
        }

        await EndOfDay.AvoidAsync(0, cancellationToken);
        using var client = new HttpClient();
        using var answer = await client.PostAsync(new Uri(proxy.Address, "/v1/messages"), new StringContent("""{"model":"claude-opus-4-8"}"""), cancellationToken);

        await Assertions.Expect(page.GetByLabel("Today", new() { Exact = true })).ToContainTextAsync("1 call,", new() { Timeout = 30_000 });
    }

    [Test, CancelAfter(120_000)]
    public async Task Call_that_lands_does_not_take_away_what_somebody_has_unfolded(CancellationToken cancellationToken)
    {
        var now = TimeProvider.System.GetUtcNow();
        _database.Write([.. Enumerable.Range(0, 250).Select(number => Some.Usage() with { OccurredAt = now.AddMinutes(-number) })]);
        await using var upstream = await KestrelUpstream.StartAsync(context => context.WriteMessageAsync(1), cancellationToken);
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, upstream.Address, cancellationToken);
        await using var browser = await Browser.StartAsync();
        await using var context = await browser.NewContextAsync();
        var page = await context.NewPageAsync();
        await OpenAsync(page, proxy, "requests");

        await page.GetByText("Show 100 more").ClickAsync();
        await Assertions.Expect(page.Locator("tbody tr")).ToHaveCountAsync(200);
        await page.EvaluateAsync("document.activeElement.blur()");
        await CallAsync(proxy, cancellationToken);
        // The page asks anew only when it has drawn what it has to: the second question after one that saw the call. The page itself is asked, because the driver misses an answer now and then.
        await page.WaitForFunctionAsync(
            "before => performance.getEntriesByType('resource').filter(entry => entry.name.endsWith('/status')).length >= before + 3",
            await page.EvaluateAsync<int>("performance.getEntriesByType('resource').filter(entry => entry.name.endsWith('/status')).length"));

        await Assertions.Expect(page.Locator("tbody tr")).ToHaveCountAsync(200);
        await page.GetByText("Show 100 more").ClickAsync();
        await Assertions.Expect(page.Locator("tbody tr")).ToHaveCountAsync(250);
    }

    [Test, CancelAfter(120_000)]
    public async Task Control_keeps_the_focus_through_what_it_changes_and_the_page_stays_alive(CancellationToken cancellationToken)
    {
        WriteCalls();
        await using var upstream = await KestrelUpstream.StartAsync(context => context.WriteMessageAsync(1), cancellationToken);
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, upstream.Address, cancellationToken);
        await using var browser = await Browser.StartAsync();
        await using var context = await browser.NewContextAsync();
        var page = await context.NewPageAsync();
        await OpenAsync(page, proxy, "requests");
        var outcome = page.GetByLabel("Outcome", new() { Exact = true }).First;

        await outcome.FocusAsync();
        await page.Keyboard.PressAsync("ArrowDown");
        await Assertions.Expect(page.Locator("tbody tr")).ToHaveCountAsync(40);
        await Assertions.Expect(outcome).ToBeFocusedAsync();
        await CallAsync(proxy, cancellationToken);
        await Assertions.Expect(page.Locator("tbody tr")).ToHaveCountAsync(41, new() { Timeout = 30_000 });
        await Assertions.Expect(outcome).ToBeFocusedAsync();
    }

    [Test, CancelAfter(120_000)]
    public async Task Links_show_the_calls_they_name_and_what_is_gone_is_told(CancellationToken cancellationToken)
    {
        WriteCalls();
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, new Uri("http://127.0.0.1:9"), cancellationToken);
        await using var browser = await Browser.StartAsync();
        await using var context = await browser.NewContextAsync();
        var page = await context.NewPageAsync();
        var errors = new List<string>();
        page.PageError += (_, error) => errors.Add(error);

        // The one call that names no project.
        await OpenAsync(page, proxy, "projects");
        await page.GetByRole(AriaRole.Button, new() { Name = "(unknown)", Exact = true }).ClickAsync();
        await Assertions.Expect(page.Locator("tbody tr")).ToHaveCountAsync(1);
        await Assertions.Expect(page.GetByLabel("Project", new() { Exact = true }).First).ToHaveValueAsync("");

        // A session's calls, and then a model's: all of them.
        await OpenAsync(page, proxy, "sessions");
        await page.Locator("[aria-label=Sessions] tbody tr").First.ClickAsync();
        await page.GetByText("Its calls, one by one").ClickAsync();
        await Assertions.Expect(page.Locator("tbody tr")).ToHaveCountAsync(10);
        await OpenAsync(page, proxy, "models");
        await page.GetByRole(AriaRole.Button, new() { Name = "gpt-5.4", Exact = true }).ClickAsync();
        await Assertions.Expect(page.Locator("tbody tr")).ToHaveCountAsync(20);
        await Assertions.Expect(page.GetByLabel("Order", new() { Exact = true }).First).ToHaveValueAsync("newest");

        // A session whose calls were removed after the page was drawn.
        await OpenAsync(page, proxy, "sessions");
        await Assertions.Expect(page.Locator("[aria-label=Sessions] tbody tr").First).ToBeVisibleAsync();
        _database.Execute("DELETE FROM usage WHERE session_id IS NOT NULL");
        await page.Locator("[aria-label=Sessions] tbody tr").First.ClickAsync();
        await Assertions.Expect(page.Locator("dialog")).ToContainTextAsync("There is no such entry");
        Assert.That(errors, Is.Empty);
    }

    [Test, CancelAfter(120_000)]
    public async Task Unknown_cost_is_a_question_mark_on_every_page(CancellationToken cancellationToken)
    {
        var now = TimeProvider.System.GetUtcNow();
        var call = Some.Usage() with { OccurredAt = now, Client = "claude-code", ResponseModel = LongName, SessionId = "s" };
        // Today and the day after: the last day of the chart has a call, should midnight come before it is drawn.
        _database.Write(call, call with { Key = Some.Key(), OccurredAt = now.AddDays(1), Evidence = Evidence.Transcript });
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, new Uri("http://127.0.0.1:9"), cancellationToken);
        await using var browser = await Browser.StartAsync();
        await using var context = await browser.NewContextAsync();
        var page = await context.NewPageAsync();

        foreach (var path in Pages)
        {
            await OpenAsync(page, proxy, path);
            // Not the axis of a chart, which begins at nothing.
            var shown = await page.Locator("#content").Locator("td, dd, .figure, .note").AllInnerTextsAsync();
            Assert.That(string.Join(' ', shown), Does.Not.Contain("$0.00"), path);
        }

        await OpenAsync(page, proxy, "overview");
        await page.GetByLabel("Cost of each of the last 30 days").Locator("g").Last.HoverAsync();
        await Assertions.Expect(page.Locator("#tip")).ToContainTextAsync($"  ?\n{LongName}  ?");
        await OpenAsync(page, proxy, "requests");
        await page.GetByLabel("Time", new() { Exact = true }).First.SelectOptionAsync("all"); // Where the call of tomorrow is, too.
        await page.GetByLabel("Order", new() { Exact = true }).First.SelectOptionAsync("cost");
        await Assertions.Expect(page.Locator("tbody tr")).ToHaveCountAsync(2);
    }

    [Test, Platform(Exclude = "Win"), CancelAfter(120_000)] // Whose list of time zones cannot be taken away.
    public async Task Zone_that_the_proxy_does_not_know_is_told_and_the_proxys_own_is_shown(CancellationToken cancellationToken)
    {
        WriteCalls();
        var noZones = new Dictionary<string, string> { ["TZDIR"] = _database.Folder, ["TZ"] = "UTC" };
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, new Uri("http://127.0.0.1:9"), noZones, cancellationToken);
        await using var browser = await Browser.StartAsync();
        await using var context = await browser.NewContextAsync(ColorScheme.Light, 375, "Europe/Berlin");
        var page = await context.NewPageAsync();

        foreach (var path in new[] { "overview", "requests", "coverage" })
        {
            await OpenAsync(page, proxy, path);
            await Assertions.Expect(page.Locator("#clock")).ToHaveTextAsync("The proxy does not know this browser’s time zone (Europe/Berlin): days and hours are those of its own clock, UTC.");
        }

        await OpenAsync(page, proxy, "models");
        var csv = await page.GetByText("CSV", new() { Exact = true }).GetAttributeAsync("href");
        using var client = new HttpClient { BaseAddress = proxy.Address };
        Assert.That(await client.GetStringAsync(csv, cancellationToken), Does.StartWith("model,"));
        await OpenAsync(page, proxy, "overview");
        Assert.That((await page.RunAxe(new AxeRunOptions { RunOnly = new RunOnlyOptions { Type = "tag", Values = ["wcag2a", "wcag2aa"] } })).Violations, Is.Empty);
    }

    [Test, CancelAfter(120_000)]
    public async Task Page_comes_by_itself_when_the_proxy_answers_again(CancellationToken cancellationToken)
    {
        WriteCalls();
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, new Uri("http://127.0.0.1:9"), cancellationToken);
        await using var browser = await Browser.StartAsync();
        await using var context = await browser.NewContextAsync();
        var page = await context.NewPageAsync();
        await OpenAsync(page, proxy, "overview");
        await Assertions.Expect(page.Locator("#state")).ToHaveTextAsync("recording");

        await context.SetOfflineAsync(true);
        await page.Locator("nav a[data-page=requests]").ClickAsync();
        await page.GetByText("Try again").ClickAsync();
        await Assertions.Expect(page.GetByText("The proxy does not answer. Is it running?")).ToBeVisibleAsync();
        await context.SetOfflineAsync(false);

        await Assertions.Expect(page.Locator("tbody tr")).ToHaveCountAsync(41, new() { Timeout = 30_000 });
        await Assertions.Expect(page.Locator("#state")).ToHaveTextAsync("recording");
    }

    [Test, CancelAfter(180_000)]
    public async Task State_that_is_shown_is_that_of_now_also_when_nothing_lands(CancellationToken cancellationToken)
    {
        var mayEnd = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var upstream = await KestrelUpstream.StartAsync(
            async context =>
            {
                await mayEnd.Task;
                if (context.Request.Path.Value!.EndsWith("images/generations", StringComparison.Ordinal))
                {
                    context.Response.ContentType = "application/json";
                    await context.Response.WriteAsync("{}", cancellationToken);
                    return;
                }

                await context.WriteMessageAsync(1);
            },
            cancellationToken);
        await EndOfDay.AvoidAsync(0, cancellationToken);
        _database.Write(Some.Usage() with { OccurredAt = TimeProvider.System.GetUtcNow() });
        var settings = Directory.CreateDirectory(Path.Combine(_database.Folder, OperatingSystem.IsWindows() ? "Tracker" : OperatingSystem.IsMacOS() ? "Library/Application Support/Tracker" : ".config/tracker"));
        await File.WriteAllTextAsync(Path.Combine(settings.FullName, "prices.json"), """{ "prices": [ { "input": -3 } ] }""", cancellationToken);
        await using var proxy = await ProxyUnderTest.StartAsync(
            _database.Folder, upstream.Address, cancellationToken,
            "Storage:BusyTimeout=00:00:01", $"Proxy:Providers:openai:BaseAddress={upstream.Address.GetLeftPart(UriPartial.Authority)}");
        await using var browser = await Browser.StartAsync();
        await using var context = await browser.NewContextAsync();
        var page = await context.NewPageAsync();
        await page.Clock.InstallAsync();
        using var client = new HttpClient { BaseAddress = proxy.Address };

        await OpenAsync(page, proxy, "overview");
        var now = page.GetByLabel("Now", new() { Exact = true });
        await Assertions.Expect(now).ToContainTextAsync("nothing since the proxy’s start");
        var call = client.PostAsync("/v1/messages", new StringContent("""{"model":"claude-opus-4-8"}"""), cancellationToken);
        await Assertions.Expect(now.Locator("dd").First).ToHaveTextAsync("1");
        // Another program writes calls of which the proxy knows nothing, and a minute passes.
        _database.Write(Some.Usage() with { OccurredAt = TimeProvider.System.GetUtcNow() });
        await page.Clock.FastForwardAsync(61_000);
        await Assertions.Expect(page.GetByLabel("Today", new() { Exact = true })).ToContainTextAsync("2 calls,");

        await OpenAsync(page, proxy, "health");
        var recording = page.GetByLabel("Recording", new() { Exact = true });
        await Assertions.Expect(recording).ToContainTextAsync("everything is stored");
        await using (await LockHolder.StartAsync(_database.Path, cancellationToken))
        {
            mayEnd.SetResult();
            using var answer = await call;
            using var unread = await client.PostAsync("/openai/v1/images/generations", new StringContent("{}"), cancellationToken);
            await Assertions.Expect(recording).ToContainTextAsync("the database is locked");
            await Assertions.Expect(recording).ToContainTextAsync("1 in memory");
            await Assertions.Expect(recording).ToContainTextAsync("openai /v1/images/generations: 1");
        }

        await Assertions.Expect(recording).ToContainTextAsync("everything is stored");
        await Assertions.Expect(page.GetByLabel("Files", new() { Exact = true })).ToContainTextAsync("prices.json");
        await OpenAsync(page, proxy, "models");
        await Assertions.Expect(page.GetByLabel("Calls without a cost, all time")).ToContainTextAsync("prices.json");
    }

    [Test, CancelAfter(120_000)]
    public async Task Sums_of_a_session_and_figures_of_odd_calls_mislead_nobody(CancellationToken cancellationToken)
    {
        await EndOfDay.AvoidAsync(0, cancellationToken);
        var now = TimeProvider.System.GetUtcNow();
        var call = Some.Usage() with { OccurredAt = now, SessionId = "s", Project = "/home/a/frontend" };
        UsageRecord Of(string agent, string? parent, string model) => call with { Key = Some.Key(), AgentId = agent, ParentAgentId = parent, ResponseModel = model };
        _database.Write(
            [
                call with { OccurredAt = now.AddDays(-1) }, Of("A", null, "claude-opus-4-8"), Of("B", "A", "claude-opus-4-8"), Of("B", null, "claude-haiku-4-5"), Of("C", "D", "claude-opus-4-8"), Of("D", "C", "claude-opus-4-8"),
                // The one has a price, and a count too few for it; the other costs parts of a cent.
                Some.Usage() with { OccurredAt = now, ResponseModel = "gpt-5.4", Provider = "openai", OutputTokens = null, Project = "/home/b/frontend", AuthMode = AuthMode.ApiKey },
                Some.Usage() with { OccurredAt = now, ResponseModel = "text-embedding-3-small", Provider = "openai", InputTokens = 1010, OutputTokens = 0, CacheReadTokens = null, CacheCreation5mTokens = null, CacheCreation1hTokens = null, Limits = [new LimitSample("5h", now, 0.42, null)] },
                .. Enumerable.Range(0, 200).Select(number => Some.Usage() with { OccurredAt = now.AddDays(-2), SessionId = $"many-{number}", CacheReadTokens = 0, CacheCreation5mTokens = 200_000 }),
            ]);
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, new Uri("http://127.0.0.1:9"), cancellationToken);
        await using var browser = await Browser.StartAsync();
        await using var context = await browser.NewContextAsync();
        var page = await context.NewPageAsync();

        await OpenAsync(page, proxy, "sessions");
        await Assertions.Expect(page.Locator("#content")).ToContainTextAsync("the 200 dearest ones");
        await OpenAsync(page, proxy, "sessions?period=today");
        await page.Locator("[aria-label=Sessions] tbody tr").ClickAsync();
        var agents = page.Locator("[aria-label=Agents] tbody td:first-child");
        await Assertions.Expect(agents).ToHaveCountAsync(6);
        Assert.That(await agents.AllTextContentsAsync(), Is.EqualTo(new[] { "main", "\u2003A", "\u2003\u2003B", "\u2003\u2003B", "\u2003C", "\u2003\u2003D" }));
        await Assertions.Expect(page.Locator("dialog")).ToContainTextAsync(now.AddDays(-1).ToString("MMM d, yyyy", CultureInfo.InvariantCulture));
        await page.Keyboard.PressAsync("Escape");

        await OpenAsync(page, proxy, "requests?model=text-embedding-3-small");
        await Assertions.Expect(page.Locator("tbody tr")).ToContainTextAsync("$0.00002");
        Assert.That(await page.GetByLabel("Project", new() { Exact = true }).First.Locator("option").AllInnerTextsAsync(), Is.SupersetOf(new[] { "a/frontend", "b/frontend" }));
        await OpenAsync(page, proxy, "models");
        await Assertions.Expect(page.GetByLabel("Calls without a cost, all time").Locator("tbody tr")).ToContainTextAsync("or one of its counts");

        await OpenAsync(page, proxy, "overview?by=provider&measure=calls");
        await Assertions.Expect(page.GetByLabel("Cache, 30 days")).ToContainTextAsync("more than the same tokens as fresh input");
        await Assertions.Expect(page.GetByLabel("Subscription windows")).ToContainTextAsync("when it begins anew was not told; as of");
        await Assertions.Expect(page.GetByLabel("Billed and included, 30 days")).ToContainTextAsync("?, 1 call");
        await page.GetByText("As a table").First.ClickAsync();
        await Assertions.Expect(page.Locator("details[open] tbody tr").Last.Locator("td.n")).ToHaveTextAsync(new[] { "7", "5", "2" });
    }

    [TestCase(0.0175, "$0.000 $0.005 $0.010 $0.015"), TestCase(100_000, "$0 $50K $100K"), CancelAfter(60_000)]
    public async Task Lines_of_an_axis_have_names_of_their_own(double cost, string lines, CancellationToken cancellationToken)
    {
        await EndOfDay.AvoidAsync(0, cancellationToken);
        _database.Write(Some.Usage() with { OccurredAt = TimeProvider.System.GetUtcNow() });
        _database.Execute(string.Create(CultureInfo.InvariantCulture, $"UPDATE usage SET cost_nano_usd = {(long)(cost * 1e9)}"));
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, new Uri("http://127.0.0.1:9"), cancellationToken);
        await using var browser = await Browser.StartAsync();
        await using var context = await browser.NewContextAsync();
        var page = await context.NewPageAsync();

        await OpenAsync(page, proxy, "overview");

        Assert.That(string.Join(' ', await page.Locator("svg.chart").First.Locator("text[text-anchor=end]").AllTextContentsAsync()), Is.EqualTo(lines));
    }

    [Test, CancelAfter(180_000)]
    public async Task Nothing_locks_the_pages_or_takes_away_where_somebody_is(CancellationToken cancellationToken)
    {
        var now = TimeProvider.System.GetUtcNow();
        _database.Write([.. Enumerable.Range(0, 150).Select(number => Some.Usage() with { OccurredAt = now.AddMinutes(-number), OutputTokens = 1000 + number, Project = $"/home/dev/a-project-with-a-long-name-{number % 2}" })]);
        await using var upstream = await KestrelUpstream.StartAsync(context => context.WriteMessageAsync(1), cancellationToken);
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, upstream.Address, cancellationToken);
        await using var browser = await Browser.StartAsync();
        await using var context = await browser.NewContextAsync(ColorScheme.Light, 360);
        // As it is where all site data is blocked, and over http under a name.
        await context.AddInitScriptAsync("""
            Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('denied', 'SecurityError'); } });
            Object.defineProperty(navigator, 'clipboard', { value: undefined });
            """);
        var page = await context.NewPageAsync();
        var errors = new List<string>();
        page.PageError += (_, error) => errors.Add(error);

        // What no page knows is left out, and a name without calls is shown as what it is.
        await OpenAsync(page, proxy, "requests?period=bogus&constructor=1");
        await Assertions.Expect(page.Locator("tbody tr")).ToHaveCountAsync(100);
        await OpenAsync(page, proxy, "requests?model=gone");
        await Assertions.Expect(page.GetByLabel("Model", new() { Exact = true }).First).ToHaveValueAsync("gone");
        await page.GotoAsync(new Uri(proxy.Address, "/dashboard#/constructor").ToString());
        await Assertions.Expect(page).ToHaveTitleAsync("Overview · Tracker");

        // What is chosen is in the address.
        await OpenAsync(page, proxy, "requests?period=all");
        await page.GetByLabel("Model", new() { Exact = true }).First.SelectOptionAsync("claude-opus-4-8");
        await Assertions.Expect(page).ToHaveURLAsync(new Uri(proxy.Address, "/dashboard#/requests?period=all&model=claude-opus-4-8").ToString());
        await page.ReloadAsync();
        await Assertions.Expect(page.GetByLabel("Model", new() { Exact = true }).First).ToHaveValueAsync("claude-opus-4-8");
        await Assertions.Expect(page.GetByLabel("Time", new() { Exact = true }).First).ToHaveValueAsync("all");

        await page.Locator(".skip").FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("#content")).ToBeFocusedAsync();
        await Assertions.Expect(page.Locator("#content > h1")).ToHaveTextAsync("Requests");

        // A call that lands leaves the table scrolled and sorted.
        await page.GetByRole(AriaRole.Button, new() { Name = "Output", Exact = true }).ClickAsync();
        await page.EvaluateAsync("document.activeElement.blur()");
        await page.EvaluateAsync("document.querySelector('#content .scroll').scrollLeft = 200");
        using var client = new HttpClient();
        using var answer = await client.PostAsync(new Uri(proxy.Address, "/v1/messages"), new StringContent("""{"model":"claude-opus-4-8"}"""), cancellationToken);
        var last = page.Locator("tbody tr").Last.Locator("td").Nth(6);
        await Assertions.Expect(page.GetByLabel("Calls", new() { Exact = true }).Locator("th[aria-sort=descending]")).ToHaveTextAsync("Output");
        await Assertions.Expect(last).Not.ToHaveTextAsync("1,000");
        Assert.That(await page.EvaluateAsync<int>("document.querySelector('#content .scroll').scrollLeft"), Is.EqualTo(200));
        await page.GetByText("Show 100 more").FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("tbody tr")).ToHaveCountAsync(151);
        await Assertions.Expect(page.Locator("tbody tr").Nth(100).Locator("button")).ToBeFocusedAsync();
        await Assertions.Expect(page.Locator("th[aria-sort=descending]")).ToHaveTextAsync("Output");

        // One dialog, which stays when the selection of a text ends beside it.
        await page.Locator("tbody tr").First.Locator("td").Nth(6).DblClickAsync();
        await Assertions.Expect(page.Locator("dialog")).ToHaveCountAsync(1);
        var text = (await page.Locator("dialog h1").BoundingBoxAsync())!;
        await page.Mouse.MoveAsync(text.X + 20, text.Y + 5);
        await page.Mouse.DownAsync();
        await page.Mouse.MoveAsync(2, 2);
        await page.Mouse.UpAsync();
        await Assertions.Expect(page.Locator("dialog")).ToHaveCountAsync(1);
        await page.Mouse.ClickAsync(2, 2);
        await Assertions.Expect(page.Locator("dialog")).ToHaveCountAsync(0);

        await OpenAsync(page, proxy, "connect");
        await page.GetByRole(AriaRole.Button, new() { Name = "Copy", Exact = true }).First.ClickAsync();
        Assert.That(await page.EvaluateAsync<string>("getSelection().toString()"), Is.EqualTo("tracker-proxy connect"));
        Assert.That(errors, Is.Empty);
    }

    [Test, CancelAfter(120_000)]
    public async Task Who_is_asked_for_the_token_again_is_led_to_the_form(CancellationToken cancellationToken)
    {
        var token = new string('t', 40);
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, new Uri("http://127.0.0.1:9"), cancellationToken, $"Proxy:AccessToken={token}");
        await using var browser = await Browser.StartAsync();
        await using var context = await browser.NewContextAsync();
        await context.SetExtraHTTPHeadersAsync(new Dictionary<string, string> { ["X-Forwarded-For"] = "192.0.2.7" });
        var page = await context.NewPageAsync();
        await page.GotoAsync(new Uri(proxy.Address, "/dashboard").ToString());
        await page.GetByLabel("Access token").FillAsync(token);
        await page.GetByText("Open").ClickAsync();
        await Assertions.Expect(page.Locator("#state")).ToHaveTextAsync("recording");

        await context.ClearCookiesAsync();

        await Assertions.Expect(page.Locator("#state")).ToHaveTextAsync("sign in again");
        await page.Locator("nav a[data-page=health]").ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }).ClickAsync();
        await Assertions.Expect(page.GetByLabel("Access token")).ToBeVisibleAsync();
    }

    private static async Task CallAsync(ProxyUnderTest proxy, CancellationToken cancellationToken)
    {
        using var client = new HttpClient();
        using var answer = await client.PostAsync(new Uri(proxy.Address, "/v1/messages"), new StringContent("""{"model":"claude-opus-4-8"}"""), cancellationToken);
        await proxy.WaitForStoredAsync(1, cancellationToken);
    }

    private static async Task OpenAsync(IPage page, ProxyUnderTest proxy, string path)
    {
        await page.GotoAsync(new Uri(proxy.Address, $"/dashboard#/{path}").ToString());
        var link = page.Locator($"nav a[data-page={path.Split('?')[0]}]");
        await Assertions.Expect(link).ToHaveAttributeAsync("aria-current", "page");
        // The page before stays to be seen until this one's figures have come: its heading tells the two apart.
        await Assertions.Expect(page.Locator("#content > h1")).ToHaveTextAsync(await link.InnerTextAsync());
        await Assertions.Expect(page.Locator("#content .card").First).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator("#content .card.error h2", new() { HasText = "cannot be shown" })).ToHaveCountAsync(0);
    }

    private void WriteCalls()
    {
        var now = TimeProvider.System.GetUtcNow();
        var calls = Enumerable.Range(0, 40).Select(number => Some.Usage() with
        {
            OccurredAt = now.AddHours(-number * 7),
            Client = number % 2 == 0 ? "claude-code" : "codex",
            Provider = number % 2 == 0 ? "anthropic" : "openai",
            ResponseModel = number % 2 == 0 ? "claude-opus-4-8" : "gpt-5.4",
            CacheCreation5mTokens = number % 2 == 0 ? 3003 : null,
            CacheCreation1hTokens = number % 2 == 0 ? 505 : null,
            Evidence = number % 2 == 0 ? Evidence.Wire : Evidence.Transcript,
            SessionId = $"session-{number % 4}",
            AgentId = number % 8 == 0 ? "agent-1" : null,
            Project = $"/home/dev/project-{number % 3}",
            AuthMode = number % 3 == 0 ? AuthMode.Subscription : AuthMode.ApiKey,
            DurationMs = 1000 + number,
            ToolCalls = [new ToolCall($"tool-{number}", number % 3 == 0 ? "Read" : "Bash")],
            Limits = number == 0 ? [new LimitSample("5h", now, 0.42, now.AddHours(2)), new LimitSample("7d", now, 0.75, now.AddDays(3))] : [],
        });
        _database.Write([.. calls, Some.Usage() with { OccurredAt = now.AddHours(-1), Client = "claude-code", ResponseModel = LongName, Outcome = CallOutcome.Error, StatusCode = 529, InputTokens = null, OutputTokens = null, CacheReadTokens = null, CacheCreation5mTokens = null, CacheCreation1hTokens = null }]);
    }

    // Kept beside the test's results, to be looked at.
    private static string Screenshot(string name) => Path.Combine(Directory.CreateDirectory(Path.Combine(TestContext.CurrentContext.WorkDirectory, "screenshots")).FullName, name + ".png");
}
