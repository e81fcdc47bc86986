using System.Text.Json;
using System.Text.RegularExpressions;
using Tracker.Storage.Usage;
using Tracker.Tests.Support;

namespace Tracker.Tests.Importer;

/// <summary>What real clients wrote without the upstream's ids, beside the rows that the proxy makes of the same calls: each logged call finds its own.</summary>
[TestFixture("gemini-cli", "gemini-cli/real-logs/0.61.0", "gemini-cli", new[] { 12, 14 }, new string[0], TestName = "Gemini CLI")]
[TestFixture("codex", "codex/real-logs/0.169.0", "codex", new[] { 11, 12, 16, 17, 18 }, new[] { "10 gpt-5~cache-write=on", "15 gpt-5~fail-first=2" }, TestName = "Codex before it logged the response id")]
[TestFixture("opencode", "opencode/1.18.33", "opencode", new[] { 1, 6, 10, 14, 21, 22, 23, 24, 25, 26, 27, 30 }, new[] { "31 fake-chat~fail-first=2" }, TestName = "opencode")]
[TestFixture("cline", "cline/3.0.65", "cline", new int[0], new string[0], TestName = "Cline")]
public sealed partial class JoinedLogsTests(string client, string logs, string clientOnWire, int[] notLogged, string[] models)
{
    private TestDatabase _database = null!;
    private LogHome _home = null!;

    [SetUp]
    public void SetUp()
    {
        _database = new TestDatabase();
        _home = new LogHome(_database, client);
        TestData.CopyTo(TestData.Path([.. logs.Split('/'), "home"]), _home.Folder);
        foreach (var rollout in Directory.EnumerateFiles(_home.Folder, "rollout-*.jsonl", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 }))
        {
            // Codex 0.42 had the repeated sums only, as these files have too.
            File.WriteAllLines(rollout, File.ReadAllLines(rollout).Where(line => !line.Contains("token_usage_record", StringComparison.Ordinal)));
        }
    }

    [TearDown]
    public void TearDown() => _database.Dispose();

    [Test]
    public void Every_logged_call_is_joined_to_its_own_and_the_others_stay_the_wires_alone([Values] bool wireFirst)
    {
        Import(wireFirst);

        var rows = _database.Query("SELECT * FROM usage");
        Assert.That(rows, Has.Count.EqualTo(Ledger().Count()));
        foreach (var call in Ledger())
        {
            var record = WireRecord(call);
            var row = rows.Single(row => (string)row["usage_key"]! == record.Key.Value);
            var isLogged = !notLogged.Contains(Number(call)) && call.GetProperty("status").GetInt32() == 200;
            Assert.That(
                (row["evidence"], row["input_tokens"], row["cache_read_tokens"], row["output_tokens"], row["client"]),
                Is.EqualTo((isLogged ? 3L : 1L, record.InputTokens, record.CacheReadTokens, record.OutputTokens, isLogged ? client : clientOnWire)), $"n {Number(call)}");
        }
    }

    [Test]
    public void Rows_are_the_same_whichever_side_came_first_and_when_all_is_read_again()
    {
        Import(wireFirst: true);
        var rows = _database.Rows();
        var aliases = Aliases();

        _database.Execute("DELETE FROM import_cursor");
        Assert.That((_home.Import().RowsAdded, _database.Rows()), Is.EqualTo((0L, rows)));
        _database.Execute("DELETE FROM import_cursor; DELETE FROM usage_alias; DELETE FROM usage; DELETE FROM setting");
        Import(wireFirst: false);

        Assert.That(_database.Rows(), Is.EqualTo(rows));
        Assert.That(Aliases(), Is.EqualTo(aliases));
    }

    private List<string> Aliases() => [.. _database.Query("SELECT alias_key, usage_key FROM usage_alias JOIN usage ON id = usage_id ORDER BY 1").Select(row => string.Join(' ', row.Values))];

    private void Import(bool wireFirst)
    {
        if (!wireFirst)
        {
            _home.Import();
        }

        _database.Write([.. Ledger().Select(WireRecord)]);
        _home.Import();
    }

    private IEnumerable<JsonElement> Ledger() => File.ReadLines(TestData.Path([.. logs.Split('/'), "ledger.jsonl"])).Select(line => JsonDocument.Parse(line).RootElement);

    /// <summary>What the proxy would have stored of the call.</summary>
    private UsageRecord WireRecord(JsonElement call)
    {
        var sentAt = call.GetProperty("at").GetDateTimeOffset();
        var record = new UsageRecord
        {
            Key = UsageKey.FromStored($"proxy:{Number(call)}"),
            Evidence = Evidence.Wire,
            Quality = CountQuality.Final,
            Outcome = CallOutcome.Error,
            OccurredAt = sentAt,
            Provider = "some",
            Client = clientOnWire,
            RequestModel = RequestModel(call),
            StatusCode = call.GetProperty("status").GetInt32(),
            DurationMs = call.GetProperty("ms").GetInt64(),
        };
        if (record.StatusCode != 200)
        {
            return record;
        }

        var tokens = call.GetProperty("tokens");
        var isComplete = Text(call, "outcome") == "complete";
        return record with
        {
            Key = UsageKey.TryFromResponseId(Text(call, "endpoint").Split('.')[0], Text(call, "id"), out var key) ? key : throw new InvalidOperationException(Text(call, "id")),
            Quality = isComplete ? CountQuality.Final : CountQuality.Partial,
            Outcome = isComplete ? CallOutcome.Completed : CallOutcome.Incomplete,
            ResponseModel = Text(call, "model"),
            InputTokens = tokens.GetProperty("input").GetInt64(),
            CacheReadTokens = tokens.GetProperty("cache_read").GetInt64(),
            CacheCreation5mTokens = tokens.GetProperty("cache_write_5m").GetInt64(),
            CacheCreation1hTokens = tokens.GetProperty("cache_write_1h").GetInt64(),
            OutputTokens = isComplete ? tokens.GetProperty("output").GetInt64() : 1,
            ReasoningTokens = isComplete ? tokens.GetProperty("reasoning").GetInt64() : null,
        };
    }

    // The ledger leaves out what was asked of the fake upstream in the model's name.
    private string RequestModel(JsonElement call) =>
        ModelInPath().Match(Text(call, "path")) is { Success: true } match ? match.Groups[1].Value
        : models.Select(model => model.Split(' ')).FirstOrDefault(model => model[0] == $"{Number(call)}")?[1] ?? Text(call, "requested_model");

    private static int Number(JsonElement call) => call.GetProperty("n").GetInt32();

    private static string Text(JsonElement call, string name) => call.GetProperty(name).GetString()!;

    [GeneratedRegex("/models/([^:]+):")]
    private static partial Regex ModelInPath();
}
