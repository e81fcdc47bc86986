using System.Text.Json;
using Tracker.Tests.Support;

namespace Tracker.Tests.Importer.Sources;

/// <summary>What Cline 3.0.65 wrote, beside the ledger of what it was served.</summary>
public sealed class ClineSessionTests
{
    private const string Messages = ".cline/data/sessions/1795456092443_8v46v/1795456092443_8v46v.messages.json";
    private readonly TestDatabase _database = new();
    private LogHome _home = null!;

    [SetUp]
    public void SetUp() => _home = new LogHome(_database, "cline").With("cline", "3.0.65", "home");

    [TearDown]
    public void TearDown() => _database.Dispose();

    [Test]
    public void Import_gives_the_ledgers_counts_for_every_call()
    {
        var report = _home.Import();

        var ledger = File.ReadLines(TestData.Path("cline", "3.0.65", "ledger.jsonl")).Select(line => JsonDocument.Parse(line).RootElement)
            .ToDictionary(call => call.GetProperty("tokens").GetProperty("input").GetInt64());
        var rows = _database.Query("SELECT * FROM usage");
        Assert.That((report.Files, rows.Count, report.Trouble.Count), Is.EqualTo((4, ledger.Count, 0)));
        foreach (var row in rows)
        {
            var call = ledger[(long)row["input_tokens"]!];
            var tokens = call.GetProperty("tokens");
            Assert.That(
                (row["cache_read_tokens"], row["cache_creation_5m_tokens"], row["output_tokens"], row["request_model"]),
                Is.EqualTo((Count("cache_read"), Count("cache_write_5m") + Count("cache_write_1h"), Count("output"), call.GetProperty("requested_model").GetString())));
            Assert.That((row["quality"], row["outcome"], row["evidence"], row["client"], row["project"], row["reasoning_tokens"]), Is.EqualTo((2L, "completed", 2L, "cline", "/home/dev/project", (object?)null)));

            long Count(string name) => tokens.GetProperty(name).GetInt64();
        }

        Assert.That(_database.Scalar<long>("SELECT count(drift) FROM import_cursor"), Is.Zero, "every number in it is a known one");
    }

    [Test]
    public void Number_that_is_none_of_the_known_ones_raises_the_alarm()
    {
        var path = _home.FilePath(Messages);
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"inputTokens\":", "\"thoughts\":5,\"inputTokens\":", StringComparison.Ordinal));

        _home.Import();

        Assert.That(_database.Query("SELECT drift FROM import_cursor WHERE drift IS NOT NULL").Single().Values, Is.EqualTo(new[] { "metrics.thoughts" }));
    }

    [Test]
    public void Sessions_sub_agents_tools_and_costs_are_kept()
    {
        _home.Import();

        Assert.That(
            _database.Query("SELECT session_id, agent_id, parent_agent_id, provider, client_cost_nano_usd FROM usage WHERE input_tokens = 1008").Single().Values,
            Is.EqualTo(new object?[] { "1795456101977_z2t37", "agent_1795456102309_ehy6kk", null, null, null }));
        Assert.That(
            _database.Query("SELECT session_id, agent_id, provider, client_cost_nano_usd FROM usage WHERE output_tokens = 344").Single().Values,
            Is.EqualTo(new object?[] { "1795456098577_0el2o", null, "anthropic", 27_425_400L }));
        Assert.That(
            _database.Query("SELECT tool_use_id, name FROM tool_call JOIN usage ON usage.id = usage_id WHERE input_tokens = 1002 ORDER BY 1").Select(row => $"{row["tool_use_id"]} {row["name"]}"),
            Is.EqualTo(new[] { "call_FAKE00000000000000000020 read_files", "call_FAKE00000000000000000021 run_commands" }));
    }

    [Test]
    public void Second_pass_opens_nothing_and_one_over_rewritten_files_adds_nothing()
    {
        _home.Import();
        var rows = _database.Rows();
        var second = _home.Import();
        var path = _home.FilePath(Messages);
        File.WriteAllText(path, File.ReadAllText(path) + "\n");

        var third = _home.Import();

        Assert.That((second.FilesRead, third.FilesRead, third.RowsAdded), Is.EqualTo((0, 1, 0L)));
        Assert.That(_database.Rows(), Is.EqualTo(rows));
    }

    [Test]
    public void Session_that_grew_between_two_passes_gives_the_rows_of_one()
    {
        var path = _home.FilePath(Messages);
        var whole = File.ReadAllText(path);
        using var json = JsonDocument.Parse(whole);
        var messages = json.RootElement.GetProperty("messages").EnumerateArray().Select(message => message.GetRawText()).ToList();
        for (var count = 0; count <= messages.Count; count++)
        {
            File.WriteAllText(path, $$"""{"sessionId":"1795456092443_8v46v","messages":[{{string.Join(',', messages.Take(count))}}]}""");
            _home.Import();
        }

        var grown = _database.Rows();
        using var other = new TestDatabase();
        new LogHome(other, "cline").With("cline", "3.0.65", "home").Import();
        Assert.That(grown, Is.EqualTo(other.Rows()));
    }

    [Test]
    public void Half_a_file_is_told_and_read_when_it_is_whole()
    {
        var path = _home.FilePath(Messages);
        var whole = File.ReadAllText(path);
        File.WriteAllText(path, whole[..2000]);
        var half = _home.Import();
        File.WriteAllText(path, whole);

        Assert.That((half.RowsAdded, half.Trouble.Single().Reason), Is.EqualTo((9L, half.Trouble.Single().Reason)));
        Assert.That(half.Trouble.Single().Reason, Does.StartWith("is not valid JSON"));
        Assert.That(_home.Import().RowsAdded, Is.EqualTo(3));
    }

    [Test]
    public void Message_without_a_time_is_told_and_the_others_are_read()
    {
        var path = _home.FilePath(Messages);
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"ts\": 1795456093295", "\"ts\": null", StringComparison.Ordinal));

        var report = _home.Import();

        Assert.That((report.RowsAdded, report.Trouble.Single().Reason), Is.EqualTo((11L, "holds a message without an id or a valid time; the others are read")));
        Assert.That((report.Records, report.MalformedLines), Is.EqualTo((11L, 1L)));
    }

    [Test]
    public void Message_that_Claude_Code_answered_is_its_call()
    {
        _home.WriteText(".cline/data/sessions/x/x.messages.json", """
            {"sessionId":"x","messages":[{"id":"m","ts":1795456093001,"role":"assistant","modelInfo":{"id":"claude-sonnet-4-5","provider":"claude-code"},"metrics":{"inputTokens":431,"outputTokens":1001,"cacheReadTokens":400,"cacheWriteTokens":30}}]}
            """);

        var report = _home.Import();

        Assert.That((report.Records, report.Trouble.Count), Is.EqualTo((12L, 0)));
    }

    [TestCase("{\"sessionId\":7,\"messages\":{}}")]
    [TestCase("{\"messages\":[1,null,\"x\",{\"role\":\"assistant\",\"metrics\":\"none\"},{\"role\":\"user\",\"metrics\":{}}]}")]
    [TestCase("[]")]
    public void Other_documents_are_no_calls(string text)
    {
        _home.WriteText(".cline/data/sessions/x/x.messages.json", text);

        var report = _home.Import();

        Assert.That((report.Records, report.Trouble.Count), Is.EqualTo((12L, 0)));
    }
}
