using System.Text.Json;
using Microsoft.Data.Sqlite;
using Tracker.Tests.Support;

namespace Tracker.Tests.Importer.Sources;

/// <summary>What OpenClaw 2026.9.6 wrote, beside the ledger of what it was served, and what can happen to its database.</summary>
public sealed class OpenClawTests
{
    private const string Database = ".openclaw/agents/main/agent/openclaw-agent.sqlite";
    private readonly TestDatabase _database = new();
    private LogHome _home = null!;

    [SetUp]
    public void SetUp() => _home = new LogHome(_database, "openclaw").With("openclaw", "2026.9.6", "home");

    [TearDown]
    public void TearDown() => _database.Dispose();

    private static List<JsonElement> Ledger => [.. File.ReadLines(TestData.Path("openclaw", "2026.9.6", "ledger.jsonl")).Select(line => JsonDocument.Parse(line).RootElement)];

    /// <summary>The long answer is compressed in the database.</summary>
    [Test]
    public void Import_gives_the_ledgers_counts_for_every_call()
    {
        var report = _home.Import();

        Assert.That((report.Files, report.Records, report.RowsAdded, report.Trouble.Count), Is.EqualTo((1, 7L, 7L, 0)));
        foreach (var call in Ledger)
        {
            var row = _database.Query($"SELECT * FROM usage WHERE usage_key = 'anthropic:{call.GetProperty("id").GetString()}'").Single();
            var tokens = call.GetProperty("tokens");
            Assert.That(
                (row["input_tokens"], row["cache_read_tokens"], row["cache_creation_5m_tokens"], row["cache_creation_1h_tokens"], row["output_tokens"]),
                Is.EqualTo((Count("input"), Count("cache_read"), Count("cache_write_5m"), Count("cache_write_1h"), Count("output"))));
            Assert.That((row["quality"], row["outcome"], row["client"], row["project"], row["request_model"]), Is.EqualTo((2L, "completed", "openclaw", "/home/dev/project", "claude-sonnet-4-5")));

            object Count(string name) => tokens.GetProperty(name).GetInt64();
        }

        Assert.That(_database.Query("SELECT count(*) AS calls FROM usage GROUP BY session_id ORDER BY 1").Select(row => row["calls"]), Is.EqualTo(new[] { 1L, 3L, 3L }));
        Assert.That(_database.Query("SELECT name FROM tool_call ORDER BY name").Select(row => row["name"]), Is.EqualTo(new[] { "exec", "exec", "exec", "read", "read" }));
        Assert.That(_database.Query("SELECT drift FROM import_cursor WHERE drift IS NOT NULL"), Is.Empty, "no false alarm");
    }

    [Test]
    public void Sub_agents_calls_name_it_and_who_has_started_it()
    {
        _home.Import();

        Assert.That(
            _database.Query("SELECT DISTINCT session_id, agent_id, parent_agent_id FROM usage WHERE agent_id IS NOT NULL OR parent_agent_id IS NOT NULL").Single().Values,
            Is.EqualTo(new[] { "baaff57b-28ec-4d56-8349-2fd965ab2e80", "baaff57b-28ec-4d56-8349-2fd965ab2e80", "bff1c8a8-a451-4319-b269-1c2595eb46c9" }));
    }

    [Test]
    public void Second_pass_opens_nothing_and_only_what_is_new_is_read_later()
    {
        _home.Import();
        var second = _home.Import();
        Change("INSERT INTO transcript_events SELECT session_id, seq + 100, replace(event_json, 'msg_01OPENCLAW00000000000003', 'msg_01OPENCLAW00000000000099'), created_at, NULL, NULL, NULL FROM transcript_events WHERE event_json LIKE '%msg_01OPENCLAW00000000000003%'");

        var third = _home.Import();

        Assert.That((second.FilesRead, third.FilesRead, third.Records, third.RowsAdded), Is.EqualTo((0, 1, 1L, 1L)));
        Assert.That(_database.Scalar<long>("SELECT record_count FROM import_cursor"), Is.EqualTo(8));
    }

    [Test]
    public void When_a_session_was_deleted_all_is_read_again_because_its_places_are_given_to_others()
    {
        _home.Import();
        Change("CREATE TEMP TABLE kept AS SELECT * FROM transcript_events WHERE seq > 5; DELETE FROM transcript_events WHERE seq > 5; INSERT INTO transcript_events SELECT session_id, seq + 1, replace(event_json, '00000003', '00000098'), created_at, NULL, NULL, NULL FROM kept WHERE event_json IS NOT NULL");

        var second = _home.Import();

        Assert.That(second.RowsAdded, Is.EqualTo(1));
        Assert.That(_database.Scalar<long>("SELECT count(*) FROM usage"), Is.EqualTo(8), "what is stored stays");
    }

    [Test]
    public void When_a_session_was_deleted_and_one_as_long_has_its_places_that_one_is_read()
    {
        _home.Import();
        Change("""
            CREATE TEMP TABLE kept AS SELECT * FROM transcript_events WHERE session_id = (SELECT session_id FROM transcript_events ORDER BY rowid DESC LIMIT 1) ORDER BY seq;
            DELETE FROM transcript_events WHERE session_id IN (SELECT session_id FROM kept);
            INSERT INTO transcript_events SELECT 'a-new-session', seq, replace(event_json, 'OPENSUB0000', 'OPENSUB0099'), created_at + 3600000, event_zstd, event_utf8_bytes, navigation_json FROM kept ORDER BY seq;
            """);

        Assert.That(_home.Import().RowsAdded, Is.EqualTo(3));
        Assert.That(_database.Scalar<long>("SELECT count(*) FROM usage WHERE session_id = 'a-new-session'"), Is.EqualTo(3));
    }

    [TestCase("UPDATE transcript_events SET event_zstd = substr(event_zstd, 1, 200) WHERE event_zstd IS NOT NULL")]
    [TestCase("UPDATE transcript_events SET event_zstd = x'00112233' WHERE event_zstd IS NOT NULL")]
    [TestCase("UPDATE transcript_events SET event_utf8_bytes = 5 WHERE event_zstd IS NOT NULL")]
    [TestCase("UPDATE transcript_events SET event_utf8_bytes = 5000000000 WHERE event_zstd IS NOT NULL")]
    [TestCase("UPDATE transcript_events SET event_json = '{\"usage\"', event_zstd = NULL WHERE event_zstd IS NOT NULL")]
    public void Event_that_cannot_be_read_is_told_and_the_others_are_read(string damage)
    {
        Change(damage);

        var report = _home.Import();

        Assert.That((report.Records, report.MalformedLines, report.Trouble.Count, report.HasFailed), Is.EqualTo((6L, 1L, 1, false)));
    }

    [Test]
    public void What_other_versions_may_not_have_is_not_needed()
    {
        Change("DELETE FROM transcript_events WHERE event_json IS NULL; ALTER TABLE transcript_events DROP COLUMN event_zstd; ALTER TABLE transcript_events DROP COLUMN event_utf8_bytes; DROP TABLE session_windows");

        Assert.That(_home.Import().RowsAdded, Is.EqualTo(6));
    }

    [Test]
    public void Session_that_was_a_file_before_is_counted_once()
    {
        _home.Import();
        using (var connection = new SqliteConnection($"Data Source={_home.FilePath(Database)};Pooling=False"))
        {
            connection.Open();
            using var query = connection.CreateCommand();
            query.CommandText = "SELECT event_json FROM transcript_events WHERE event_json IS NOT NULL ORDER BY session_id, seq";
            using var reader = query.ExecuteReader();
            var lines = new List<string>();
            while (reader.Read())
            {
                lines.Add(reader.GetString(0));
            }

            _home.Write(".openclaw/agents/main/sessions/session-sqlite-import-archive/s.jsonl", lines);
        }

        var second = _home.Import();

        Assert.That((second.Files, second.Records, second.RowsAdded), Is.EqualTo((2, 6L, 0L)));
    }

    [Test]
    public void Other_databases_beside_it_are_not_opened()
    {
        foreach (var name in new[] { "openclaw-agent.sqlite.generation-lock.sqlite", "openclaw.sqlite" })
        {
            _home.WriteText($".openclaw/agents/main/agent/{name}", "not a database");
        }

        Assert.That(_home.Import().Files, Is.EqualTo(1));
    }

    private void Change(string sql)
    {
        var path = _home.FilePath(Database);
        using (var connection = new SqliteConnection($"Data Source={path};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = sql;
            command.ExecuteNonQuery();
        }

        File.SetLastWriteTimeUtc(path, File.GetLastWriteTimeUtc(path).AddSeconds(1));
    }
}
