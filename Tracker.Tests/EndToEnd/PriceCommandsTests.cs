using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Tracker.Storage.Pricing;
using Tracker.Tests.Storage;
using Tracker.Tests.Support;

namespace Tracker.Tests.EndToEnd;

/// <summary>Prices as people list, refresh and overlay them, with the real programs.</summary>
public sealed class PriceCommandsTests
{
    private const string NextModel = """{ "provider": "anthropic", "prices": [ { "model": "claude-next", "input": 1, "output": 1 } ] }""";

    private readonly TestDatabase _database = new();
    private string _settings = null!;

    [SetUp]
    public void SetUp() => _settings = Directory.CreateDirectory(Path.Combine(_database.Folder, OperatingSystem.IsWindows() ? "Tracker" : OperatingSystem.IsMacOS() ? "Library/Application Support/Tracker" : ".config/tracker")).FullName;

    [TearDown]
    public void TearDown() => _database.Dispose();

    [Test, CancelAfter(60_000)]
    public async Task Show_tells_which_price_a_name_leads_to_and_why(CancellationToken cancellationToken)
    {
        var (exitCode, output, _) = await RunAsync(["prices", "show", "claude-opus-4-8-20260528", "--provider", "anthropic"], cancellationToken);

        Assert.That(exitCode, Is.Zero);
        Assert.That(output, Does.Contain("the same as claude-opus-4-8 at anthropic").And.Contain("now  anthropic/claude-opus-4-8").And.Contain("fast").And.Contain("platform.claude.com"));
    }

    [Test, CancelAfter(60_000)]
    public async Task Show_of_an_unknown_model_says_so_and_ends_with_1(CancellationToken cancellationToken)
    {
        var (exitCode, output, _) = await RunAsync(["prices", "show", "claude-opus-99"], cancellationToken);

        Assert.That((exitCode, output), Is.EqualTo((1, output)));
        Assert.That(output, Does.Contain("no price is known"));
    }

    [Test, CancelAfter(60_000)]
    public async Task List_is_one_document_with_json(CancellationToken cancellationToken)
    {
        var (exitCode, output, _) = await RunAsync(["prices", "list", "opus-4-8", "--json"], cancellationToken);

        using var document = JsonDocument.Parse(output);
        Assert.That(exitCode, Is.Zero);
        Assert.That(document.RootElement.EnumerateArray().Select(model => $"{model.GetProperty("provider")}/{model.GetProperty("model")}"), Has.Member("anthropic/claude-opus-4-8"));
    }

    [Test, CancelAfter(60_000)]
    public async Task Prices_are_named_as_price_files_name_them(CancellationToken cancellationToken)
    {
        var (_, output, _) = await RunAsync(["prices", "show", "--Logging:Level=Debug", "claude-opus-4-8", "--provider", "anthropic", "--json"], cancellationToken);

        Assert.That(output, Does.Contain("\"cache_creation_5m\"").And.Contain("\"cache_creation_1h\"").And.Not.Contain("creation5m"));
    }

    [TestCase("list", "--jsn")]
    [TestCase("list", "opus-4-8", "--jsn")]
    [TestCase("list", "opus", "sonnet")]
    [TestCase("show", "--provder", "openai", "gpt-5.4")]
    [TestCase("show", "--Logging:Level=Debug")]
    [TestCase("refresh", "--jsn")]
    public async Task Slip_of_the_finger_is_no_name_to_look_for(params string[] arguments)
    {
        var (exitCode, output, error) = await RunAsync(["prices", .. arguments], CancellationToken.None);

        Assert.That((exitCode, output), Is.EqualTo((2, "")));
        Assert.That(error.Trim().Split('\n'), Has.Length.EqualTo(1).And.All.EndWith("See --help."));
    }

    [Test, CancelAfter(60_000)]
    public async Task Refresh_from_a_file_and_from_an_address_brings_a_price_and_prices_what_waited(CancellationToken cancellationToken)
    {
        _database.Write(Some.Usage() with { Provider = "openai", ResponseModel = "gpt-99" });
        var table = PublicTables.Of(genai: true, ("openai", "gpt-99", 1, 2, 0.1m));
        await using var server = await KestrelUpstream.StartAsync(context => context.Response.WriteAsync(table, context.RequestAborted), cancellationToken);
        var file = Path.Combine(_database.Folder, "data.json");
        await File.WriteAllTextAsync(file, table, cancellationToken);

        var (fromAddress, output, errors) = await RunAsync(["prices", "refresh", $"{server.Address}data.json"], cancellationToken);
        var (fromFile, _, _) = await RunAsync(["prices", "refresh", file], cancellationToken);
        var (import, imported, _) = await RunAsync([], cancellationToken, needsDatabase: true);

        Assert.That((fromAddress, fromFile, import), Is.EqualTo((0, 0, 0)), errors);
        Assert.That(output, Does.Contain("openai/gpt-99").And.Contain("new: 1 in, 0.1 cached, 2 out").And.Contain(Path.Combine(_settings, PriceBooks.RefreshedFileName)));
        Assert.That(imported, Does.Contain("1 call that had no cost got one from new prices"));
        Assert.That(_database.Scalar<string>("SELECT price_id FROM usage"), Is.EqualTo("refreshed:openai/gpt-99"));
    }

    [TestCase("<html>503</html>")]
    [TestCase("""[{"id":"openai","models":[{"id":"gpt-99","match":{"equals":"gpt-99"},"prices":{"input_mtok":1}}]}]""")]
    [CancelAfter(60_000)]
    public async Task Failed_refresh_changes_nothing(string table, CancellationToken cancellationToken)
    {
        var (refreshed, file) = (Path.Combine(_settings, PriceBooks.RefreshedFileName), Path.Combine(_database.Folder, "data.json"));
        await File.WriteAllTextAsync(refreshed, """{ "as_of": "2099-01-01" }""", cancellationToken);
        await File.WriteAllTextAsync(file, table, cancellationToken);

        var (exitCode, output, errors) = await RunAsync(["prices", "refresh", file], cancellationToken);

        Assert.That((exitCode, output), Is.EqualTo((1, "")));
        Assert.That(errors, Does.Contain("Nothing was changed."));
        Assert.That(await File.ReadAllTextAsync(refreshed, cancellationToken), Is.EqualTo("""{ "as_of": "2099-01-01" }"""));
        Assert.That(Directory.GetFiles(_settings), Has.Length.EqualTo(1));
    }

    [Test, CancelAfter(60_000)]
    public async Task Address_that_does_not_answer_is_told(CancellationToken cancellationToken)
    {
        var (exitCode, _, errors) = await RunAsync(["prices", "refresh", "http://127.0.0.1:1/data.json"], cancellationToken);

        Assert.That(exitCode, Is.EqualTo(1));
        Assert.That(errors, Does.Contain("http://127.0.0.1:1/data.json cannot be read"));
    }

    [Test, CancelAfter(60_000)]
    public async Task Reprice_shows_dollars_before_and_after_and_a_dry_run_changes_nothing(CancellationToken cancellationToken)
    {
        _database.Write(Some.Usage(), Some.Usage());
        await WriteOwnAsync("""{ "discounts": [ { "provider": "anthropic", "times": 0.5 } ] }""", cancellationToken);

        var (_, dry, _) = await RunAsync(["reprice", "--dry-run"], cancellationToken, needsDatabase: true);
        var unchanged = _database.Scalar<long>("SELECT sum(cost_nano_usd) FROM usage");
        var (exitCode, json, _) = await RunAsync(["reprice", "--json"], cancellationToken, needsDatabase: true);

        using var document = JsonDocument.Parse(json);
        Assert.That(dry, Does.Contain("anthropic/claude-opus-4-8").And.Contain("$0.0932 -> $0.0466").And.Contain("Nothing was changed"));
        Assert.That(unchanged, Is.EqualTo(93_204_500));
        Assert.That(exitCode, Is.Zero);
        Assert.That(document.RootElement.GetProperty("models")[0].GetProperty("after_nano_usd").GetInt64(), Is.EqualTo(46_602_250));
        Assert.That(_database.Scalar<long>("SELECT sum(cost_nano_usd) FROM usage"), Is.EqualTo(46_602_250));
    }

    [Test, CancelAfter(60_000)]
    public async Task Reprice_with_a_wrong_file_changes_nothing_and_a_dry_run_shows_what_it_would_be(CancellationToken cancellationToken)
    {
        _database.Write(Some.Usage());
        _database.Execute("UPDATE usage SET cost_nano_usd = 1, price_id = 'own:anthropic/claude-opus-4-8'");
        await WriteOwnAsync("""{ "discounts": [ { "provider": "anthropic" } ], "nonsense": 1 }""", cancellationToken);

        var (exitCode, output, errors) = await RunAsync(["reprice"], cancellationToken, needsDatabase: true);
        var (dryRun, would, _) = await RunAsync(["reprice", "--dry-run"], cancellationToken, needsDatabase: true);

        Assert.That((exitCode, output), Is.EqualTo((1, "")));
        Assert.That(errors, Does.StartWith("tracker-importer: A price file is not used: ").And.Contain("prices.json").And.Contain("Nothing was changed."));
        Assert.That(_database.Scalar<long>("SELECT cost_nano_usd FROM usage"), Is.EqualTo(1));
        Assert.That(dryRun, Is.Zero);
        Assert.That(would, Does.Contain("anthropic/claude-opus-4-8"));
    }

    [TestCase("""{ "prices": [ { "provider": "anthropic", "model": "claude-opus-4-8" } ] }""", "price 1 (claude-opus-4-8): 'input' is missing")]
    [TestCase("""{ "prices": [ null ] }""", "price 1 (without a model) must have a 'model' and a 'provider'")]
    [CancelAfter(60_000)]
    public async Task Wrong_file_of_the_users_is_told_and_stops_nothing(string file, string fault, CancellationToken cancellationToken)
    {
        await WriteOwnAsync(file, cancellationToken);
        await using var upstream = await KestrelUpstream.StartAsync(context => context.WriteEventsAsync(AnthropicAnswers.Stream(1)), cancellationToken);
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, upstream.Address, cancellationToken);
        using var client = new HttpClient { BaseAddress = proxy.Address };

        using var response = await client.PostAsync("/v1/messages", new StringContent("{}"), cancellationToken);
        await proxy.WaitForStoredAsync(1, cancellationToken);
        await proxy.Process.WaitForLineAsync(line => line.Contains($"prices.json: {fault}", StringComparison.Ordinal), cancellationToken);
        var (import, _, errors) = await RunAsync([], cancellationToken, needsDatabase: true);

        Assert.That(response.IsSuccessStatusCode);
        Assert.That((await proxy.GetStatusAsync(cancellationToken)).GetProperty("prices_error").GetString(), Does.Contain(fault));
        Assert.That(_database.Scalar<string>("SELECT price_id FROM usage"), Is.EqualTo("anthropic/claude-opus-4-8"));
        Assert.That((import, errors), Is.EqualTo((0, errors)));
        Assert.That(errors, Does.Contain(fault));
    }

    [Test, CancelAfter(60_000)]
    public async Task Proxy_lists_what_has_no_price_and_prices_it_when_a_file_brings_one(CancellationToken cancellationToken)
    {
        _database.Write(Some.Usage() with { ResponseModel = "claude-next" });
        await using var upstream = await KestrelUpstream.StartAsync(context => context.WriteEventsAsync(AnthropicAnswers.Stream(1)), cancellationToken);
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, upstream.Address, cancellationToken);

        var unpriced = (await proxy.GetStatusAsync(cancellationToken)).GetProperty("unpriced_models");
        Assert.That(unpriced.EnumerateArray().Select(model => $"{model.GetProperty("provider")}/{model.GetProperty("model")} {model.GetProperty("calls")}"), Is.EqualTo(new[] { "anthropic/claude-next 1" }));

        await WriteOwnAsync(NextModel, cancellationToken);
        await proxy.WaitForStatusAsync(status => status.GetProperty("unpriced_models").GetArrayLength() == 0, cancellationToken);

        Assert.That(_database.Scalar<string>("SELECT price_id FROM usage"), Is.EqualTo("own:anthropic/claude-next"));
    }

    private Task WriteOwnAsync(string text, CancellationToken cancellationToken) => File.WriteAllTextAsync(Path.Combine(_settings, PriceBooks.OwnFileName), text, cancellationToken);

    private async Task<(int ExitCode, string Output, string Errors)> RunAsync(IEnumerable<string> arguments, CancellationToken cancellationToken, bool needsDatabase = false)
    {
        await using var importer = TrackerProcess.Start("tracker-importer", _database.Folder, needsDatabase ? [.. arguments, $"--Storage:DatabasePath={_database.Path}"] : arguments);
        var exitCode = await importer.WaitForExitAsync(cancellationToken);
        return (exitCode, importer.Output, importer.Errors);
    }
}
