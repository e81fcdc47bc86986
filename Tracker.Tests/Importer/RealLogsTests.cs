using System.Text.Json;
using Tracker.Tests.Support;

namespace Tracker.Tests.Importer;

/// <summary>What real versions of Claude Code wrote, beside the ledger of what they were served.</summary>
public sealed class RealLogsTests
{
    private readonly TestDatabase _database = new();

    [TearDown]
    public void TearDown() => _database.Dispose();

    [TestCase("1.0.100", 13)]
    [TestCase("2.1.197-interactive", 4)]
    [TestCase("2.1.197-print", 17)]
    public void Import_gives_the_ledgers_counts_for_every_call_in_the_log(string version, int callsInLog)
    {
        var home = Home(version);

        home.Import();

        var ledger = ReadLedger(version);
        var rows = _database.Query("SELECT * FROM usage");
        Assert.That(rows, Has.Count.EqualTo(callsInLog));
        Assert.That(rows.Count(row => row["stop_reason"] is null), Is.EqualTo(version == "1.0.100" ? 2 : 0));
        foreach (var row in rows)
        {
            var call = ledger[(string)row["usage_key"]!];
            if (call.GetProperty("outcome").GetString() == "complete")
            {
                AssertIsExact(row, call);
            }
            else
            {
                Assert.That((row["quality"], row["outcome"]), Is.EqualTo((1L, "incomplete")), "a broken stream's line stays partial");
            }
        }
    }

    [TestCase("1.0.100")]
    [TestCase("2.1.197-interactive")]
    [TestCase("2.1.197-print")]
    public void Second_pass_adds_nothing_and_opens_nothing(string version)
    {
        var home = Home(version);
        home.Import();
        var rows = _database.Rows();

        var second = home.Import();

        Assert.That(second.Files, Is.GreaterThan(0));
        Assert.That((second.FilesRead, second.BytesRead, second.Records, second.RowsAdded), Is.EqualTo((0, 0L, 0L, 0L)));
        Assert.That(_database.Rows(), Is.EqualTo(rows));
    }

    [Test]
    public void Sub_agents_calls_within_a_sessions_file_are_told_from_the_sessions_own()
    {
        Home("1.0.100").Import();

        Assert.That(
            _database.Query("SELECT usage_key FROM usage WHERE agent_id = 'sidechain' ORDER BY usage_key").Select(row => row["usage_key"]),
            Is.EqualTo(new[] { 12, 14, 15 }.Select(number => $"anthropic:msg_01FAKE{number:D18}")));
    }

    [Test]
    public void Sub_agents_sessions_and_tools_are_kept()
    {
        Home("2.1.197-print").Import();

        Assert.That(_database.Scalar<long>("SELECT count(*) FROM usage WHERE agent_id = 'a4ff5703eed85a20e'"), Is.GreaterThan(0));
        Assert.That(_database.Scalar<long>("SELECT count(*) FROM usage WHERE session_id IS NULL OR project <> '/home/dev/project' OR client <> 'claude-code' OR provider <> 'anthropic'"), Is.Zero);
        // …002 of the worked example asked for two tools, in two lines.
        Assert.That(_database.Scalar<long>("SELECT tool_call_count FROM usage WHERE usage_key = 'anthropic:msg_01FAKE000000000000000002'"), Is.EqualTo(2));
    }

    [Test]
    public void Copies_that_were_stamped_anew_stay_at_the_time_of_the_first()
    {
        Home("1.0.100").Import();

        // Every --continue of 1.0 copied the history with the time of copying.
        foreach (var row in _database.Query("SELECT usage_key, occurred_at_ms FROM usage"))
        {
            var id = ((string)row["usage_key"]!)["anthropic:".Length..];
            var earliest = Directory.EnumerateFiles(TestData.Path("claude-code", "real-logs", "1.0.100", "home"), "*.jsonl", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
                .SelectMany(File.ReadLines)
                .Where(line => line.Contains(id, StringComparison.Ordinal) && line.Contains("\"type\":\"assistant\"", StringComparison.Ordinal))
                .Min(line => JsonDocument.Parse(line).RootElement.GetProperty("timestamp").GetDateTimeOffset());
            Assert.That(row["occurred_at_ms"], Is.EqualTo(earliest.ToUnixTimeMilliseconds()), id);
        }
    }

    private static void AssertIsExact(IDictionary<string, object?> row, JsonElement call)
    {
        var tokens = call.GetProperty("tokens");
        Assert.That(
            (row["input_tokens"], row["cache_read_tokens"], row["cache_creation_5m_tokens"], row["cache_creation_1h_tokens"], row["output_tokens"]),
            Is.EqualTo((Count("input"), Count("cache_read"), Count("cache_write_5m"), Count("cache_write_1h"), Count("output"))), (string)row["usage_key"]!);
        Assert.That(row["response_model"], Is.EqualTo(call.GetProperty("model").GetString()));
        Assert.That(row["request_id"], Is.EqualTo(call.GetProperty("request_id").GetString()));
        // 1.0 at times writes no stop reason at all; then nothing but the proxy can tell that the counts are final.
        Assert.That((row["quality"], row["outcome"], row["evidence"]), Is.EqualTo(row["stop_reason"] is null ? (1L, "incomplete", 2L) : (2L, "completed", 2L)));

        object? Count(string name) => tokens.GetProperty(name).GetInt64();
    }

    private static Dictionary<string, JsonElement> ReadLedger(string version) => File.ReadLines(TestData.Path("claude-code", "real-logs", version, "ledger.jsonl"))
        .Select(line => JsonDocument.Parse(line).RootElement)
        .Where(call => call.GetProperty("id").ValueKind == JsonValueKind.String)
        .ToDictionary(call => "anthropic:" + call.GetProperty("id").GetString());

    private ClaudeHome Home(string version)
    {
        var home = new ClaudeHome(_database);
        TestData.CopyTo(TestData.Path("claude-code", "real-logs", version, "home"), home.Folder);
        return home;
    }
}
