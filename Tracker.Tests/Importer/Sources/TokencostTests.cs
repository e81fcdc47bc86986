using Dapper;
using Microsoft.Data.Sqlite;
using Tracker.Tests.Support;

namespace Tracker.Tests.Importer.Sources;

/// <summary>The database of tokencost, made as its source code makes it (mr-beaver/tokencost, 2026-06-24).</summary>
public sealed class TokencostTests
{
    private const string Id = "msg_01TEST000000000000000001";
    private readonly TestDatabase _database = new();
    private LogHome _home = null!;
    private string _path = null!;

    [SetUp]
    public void SetUp()
    {
        _home = new LogHome(_database, "tokencost");
        _path = _home.FilePath("tokencost/tracker.db");
        Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
        Do("""
            PRAGMA journal_mode = WAL;
            CREATE TABLE requests (
              id INTEGER PRIMARY KEY AUTOINCREMENT, ts TEXT, source TEXT, model TEXT, input_tokens INTEGER, output_tokens INTEGER,
              cache_read_tokens INTEGER DEFAULT 0, cache_creation_tokens INTEGER DEFAULT 0, cost_usd REAL, duration_ms INTEGER, status INTEGER, user_agent TEXT,
              stop_reason TEXT, tool_call_count INTEGER DEFAULT 0, tools_json TEXT, cache_creation_1h_tokens INTEGER DEFAULT 0, effort TEXT DEFAULT 'standard',
              prompt_preview TEXT DEFAULT '', msg_uuid TEXT);
            CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT);
            """);
    }

    [TearDown]
    public void TearDown() => _database.Dispose();

    [Test]
    public void Call_that_its_proxy_saw_is_read_whole()
    {
        Proxied("claude-cli", "claude-opus-4-8", 1001, 311, 20007, 3508, 505, Id);

        _home.Import();

        var row = _database.Query("SELECT * FROM usage").Single();
        Assert.That(
            (row["usage_key"], row["input_tokens"], row["output_tokens"], row["cache_read_tokens"], row["cache_creation_5m_tokens"], row["cache_creation_1h_tokens"]),
            Is.EqualTo(($"anthropic:{Id}", 1001L, 311L, 20007L, 3003L, 505L)));
        Assert.That(
            (row["quality"], row["evidence"], row["outcome"], row["client"], row["provider"], row["status_code"]), Is.EqualTo((2L, 1L, "completed", "claude-code", "anthropic", 200L)));
        Assert.That((row["duration_ms"], row["stop_reason"], row["user_agent"], row["client_cost_nano_usd"]), Is.EqualTo((2500L, "end_turn", "claude-cli/2.1.197", 46_602_250L)));
        Assert.That(row["occurred_at_ms"], Is.EqualTo(new DateTimeOffset(2026, 6, 1, 10, 8, 45, TimeSpan.Zero).ToUnixTimeMilliseconds()), "the time is that of the answer's end");
        Assert.That(row["prompt_preview"], Is.Null, "its previews of prompts are not taken over");
    }

    [Test]
    public void Call_that_the_clients_own_log_has_as_well_is_one_row()
    {
        Proxied("claude-cli", "claude-sonnet-4-5", 1, 1001, 400, 30, 10, ClaudeHome.Id(1));
        FromLog("claude-cli-history", "claude-sonnet-4-5", 2, 1002, ClaudeHome.Id(2));
        FromLog("cline-history", "claude-sonnet-4-5", 1004, 349, "cline-history:1795456092443:7", "2026-11-23T17:48:13.001000+00:00");
        _home.WriteText(".claude/projects/p/s.jsonl", ClaudeHome.Line(1) + "\n" + ClaudeHome.Line(2) + "\n");
        _home.WriteText(".cline/data/tasks/1795456092443/ui_messages.json", """[{"ts":1795456093001,"say":"api_req_started","text":"{\"tokensIn\":1004,\"tokensOut\":349,\"cacheReads\":20028}","modelInfo":{"providerId":"anthropic"}}]""");

        _home.Import();
        var claude = new LogHome(_database, "claude-code").Import();
        var cline = new LogHome(_database, "cline").Import();

        Assert.That((claude.Records, claude.RowsAdded, cline.Records, cline.RowsAdded), Is.EqualTo((2L, 0L, 1L, 0L)));
        Assert.That(_database.Scalar<long>("SELECT count(*) FROM usage"), Is.EqualTo(3));
    }

    [Test]
    public void Of_other_vendors_the_whole_input_was_taken_for_fresh_so_anything_better_wins()
    {
        Proxied("openai-sdk", "gpt-4o", 21008, 311, 0, 0, 0, null);

        _home.Import();

        Assert.That(_database.Query("SELECT quality, evidence, provider, client FROM usage").Single().Values, Is.EqualTo(new object?[] { 0L, 2L, null, "openai-sdk" }));
    }

    [Test]
    public void Rows_of_runs_and_rows_without_use_are_passed_over()
    {
        FromLog("openclaw-history", "claude-opus-4-8", 5, 6, "trace:7");
        FromLog("copilot", "gpt-5-mini", 0, 0, "copilot:53102d5e");

        Assert.That(_home.Import().Records, Is.Zero);
    }

    [Test]
    public void Failed_call_is_an_error_without_counts()
    {
        Proxied("claude-cli", "claude-opus-4-8", 0, 0, 0, 0, 0, null, status: 529);

        _home.Import();

        Assert.That(_database.Query("SELECT outcome, status_code, input_tokens, output_tokens FROM usage").Single().Values, Is.EqualTo(new object?[] { "error", 529L, null, null }));
    }

    [Test]
    public void Second_pass_reads_only_rows_that_are_new_and_a_database_begun_anew_is_read_whole()
    {
        Proxied("claude-cli", "claude-opus-4-8", 1, 2, 3, 4, 0, null);
        Proxied("claude-cli", "claude-opus-4-8", 2, 2, 3, 4, 0, null);
        _home.Import();
        Proxied("claude-cli", "claude-opus-4-8", 3, 2, 3, 4, 0, null);
        var second = _home.Import();
        Do("DELETE FROM requests; DELETE FROM sqlite_sequence");
        Proxied("claude-cli", "claude-opus-4-8", 4, 2, 3, 4, 0, Id);
        var third = _home.Import();

        Assert.That((second.Records, second.RowsAdded, third.Records, third.RowsAdded), Is.EqualTo((1L, 1L, 1L, 1L)));
        Assert.That(_database.Scalar<long>("SELECT record_count FROM import_cursor"), Is.EqualTo(1), "what the database holds now");
    }

    [Test]
    public void Database_that_was_begun_anew_and_has_as_many_rows_by_now_is_read_whole()
    {
        Proxied("claude-cli", "claude-opus-4-8", 1, 2, 3, 4, 0, null);
        _home.Import();
        Do("DELETE FROM requests; DELETE FROM sqlite_sequence");
        FromLog("claude-cli-history", "claude-opus-4-8", 5, 6, Id, "2026-06-02T10:08:47.500Z");
        FromLog("claude-cli-history", "claude-opus-4-8", 6, 6, Id.Replace('1', '2'));

        Assert.That(_home.Import().RowsAdded, Is.EqualTo(2));
    }

    [TestCase("NULL")]
    [TestCase("864000000")] // Ten days.
    [TestCase("1000000000000000000")]
    public void Duration_that_is_none_is_unknown_and_the_call_is_read(string duration)
    {
        FromLog("claude-cli", "claude-opus-4-8", 5, 6, Id);
        Do($"UPDATE requests SET duration_ms = {duration}");
        FromLog("claude-cli", "claude-opus-4-8", 5, 6, Id.Replace('1', '2'));

        var report = _home.Import();

        Assert.That((report.RowsAdded, report.Trouble.Count), Is.EqualTo((2L, 0)));
        Assert.That(
            _database.Query("SELECT DISTINCT occurred_at_ms, duration_ms FROM usage").Single().Values,
            Is.EqualTo(new object?[] { new DateTimeOffset(2026, 6, 1, 10, 8, 47, 500, TimeSpan.Zero).ToUnixTimeMilliseconds(), null }));
    }

    [Test]
    public void Database_of_an_early_version_is_read()
    {
        Do("DROP TABLE requests; CREATE TABLE requests (id INTEGER PRIMARY KEY, ts TEXT, source TEXT, model TEXT, input_tokens INTEGER, output_tokens INTEGER, cost_usd REAL, duration_ms INTEGER, status INTEGER); INSERT INTO requests VALUES (1, '2026-05-01T10:00:00', 'vscode', 'claude-opus-4-7', 5, 6, 0.1, 1000, 200)");

        _home.Import();

        Assert.That(_database.Query("SELECT input_tokens, cache_read_tokens, client FROM usage").Single().Values, Is.EqualTo(new object?[] { 5L, null, "claude-code" }));
    }

    [Test]
    public void Trackers_own_database_is_not_mistaken_for_it()
    {
        _database.Write(Some.Usage());
        var home = new LogHome(_database, "tokencost", ("Importer:Roots:tokencost", _database.Path));

        Assert.That(home.Import().Trouble.Single().Reason, Does.StartWith("has not the tables that are known here"));
        Assert.That(_database.Scalar<long>("SELECT count(*) FROM usage"), Is.EqualTo(1));
    }

    private void Proxied(string source, string model, long input, long output, long read, long created, long created1h, string? id, int status = 200) => Do(
        "INSERT INTO requests (ts, source, model, input_tokens, output_tokens, cache_read_tokens, cache_creation_tokens, cache_creation_1h_tokens, cost_usd, duration_ms, status, user_agent, stop_reason, prompt_preview, msg_uuid) " +
        "VALUES ('2026-06-01T10:08:47.500000+00:00', @source, @model, @input, @output, @read, @created, @created1h, 0.04660225, 2500, @status, 'claude-cli/2.1.197', 'end_turn', 'secret', @id)",
        new { source, model, input, output, read, created, created1h, id, status });

    private void FromLog(string source, string model, long input, long output, string id, string time = "2026-06-01T10:08:47.500Z") => Do(
        "INSERT INTO requests (ts, source, model, input_tokens, output_tokens, cost_usd, duration_ms, status, msg_uuid) VALUES (@time, @source, @model, @input, @output, 0, 0, 200, @id)",
        new { source, model, input, output, id, time });

    private void Do(string sql, object? parameters = null)
    {
        using var connection = new SqliteConnection($"Data Source={_path};Pooling=False");
        connection.Open();
        connection.Execute(sql, parameters);
        File.SetLastWriteTimeUtc(_path, File.GetLastWriteTimeUtc(_path).AddSeconds(1));
    }
}
