using Microsoft.Extensions.Configuration;
using Tracker.Importer.Importing;
using Tracker.Importer.Sources;
using Tracker.Tests.Support;

namespace Tracker.Tests.Importer;

/// <summary>What people put into <c>Importer:Roots</c>.</summary>
public sealed class RootSettingsTests
{
    private const string OpencodeMessage = """{"id":"msg_1","sessionID":"s","role":"assistant","time":{"created":1795455931605},"tokens":{"input":5,"output":6}}""";
    private const string ClineTask = """[{"ts":1795456093001,"say":"api_req_started","text":"{\"tokensIn\":5,\"tokensOut\":6}"}]""";
    private const string PiSession = """{"type":"message","id":"m","timestamp":"2026-11-23T17:35:01.025Z","message":{"role":"assistant","usage":{"input":5,"output":6},"timestamp":1795456099003}}""";
    private const string GeminiLine = """{"id":"a","timestamp":"2026-11-23T17:35:01.025Z","type":"gemini","model":"gemini-2.5-flash","tokens":{"input":5,"output":6}}""";
    private const string GeminiDocument = $$"""{"sessionId":"s","messages":[{{GeminiLine}}]}""";
    private const string QwenLine = """{"uuid":"u","sessionId":"s","timestamp":"2026-11-23T17:49:50.857Z","type":"assistant","usageMetadata":{"promptTokenCount":5,"candidatesTokenCount":6}}""";
    private const string CopilotEvent = """{"type":"session.usage_record","data":{"usage":{"inputTokens":5,"outputTokens":6}},"id":"e","timestamp":"2026-11-23T17:45:17.481Z"}""";
    private const string KimiLine = """{"type":"usage.record","time":1795456099003,"usage":{"inputOther":5,"output":6},"usageScope":"turn"}""";
    private const string Id = "5a2eb04d-0000-4000-8000-000000000001";
    private readonly TestDatabase _database = new();

    [TearDown]
    public void TearDown() => _database.Dispose();

    // The client's folder, the one with the logs under its own name, and a copy of that under another one.
    [TestCase("claude-code", "copy", "projects/p/s.jsonl")]
    [TestCase("claude-code", "projects", "p/s.jsonl")]
    [TestCase("claude-code", "copy", "p/s.jsonl")]
    [TestCase("claude-code", "copy/p/s.jsonl", "")]
    [TestCase("xcode", "copy", "projects/p/s.jsonl")]
    [TestCase("gemini-cli", "copy", ".gemini/tmp/p/chats/session-1.jsonl")]
    [TestCase("gemini-cli", "copy", "tmp/p/chats/session-1.jsonl")]
    [TestCase("gemini-cli", "copy", "p/chats/session-1.jsonl")]
    [TestCase("gemini-cli", "copy/p", "chats/session-1.jsonl")]
    [TestCase("gemini-cli", "copy/p/chats", "session-1.jsonl")]
    [TestCase("gemini-cli", "copy", "session-1.jsonl")]
    [TestCase("gemini-cli", "copy", $"{Id}/agent.jsonl")]
    [TestCase("gemini-cli", "copy/session-1.jsonl", "")]
    [TestCase("gemini-cli", "copy/agent.jsonl", "")]
    [TestCase("gemini-cli", "copy/p/chats", "session-1.json")]
    [TestCase("gemini-cli", "copy/session-1.json", "")]
    [TestCase("qwen-code", "copy", "projects/p/chats/s.jsonl")]
    [TestCase("qwen-code", "copy", "p/chats/s.jsonl")]
    [TestCase("qwen-code", "copy/p/chats", "s.jsonl")]
    [TestCase("qwen-code", "copy", "s.jsonl")]
    [TestCase("qwen-code", "copy/s.jsonl", "")]
    [TestCase("copilot-cli", "copy", "session-state/s/events.jsonl")]
    [TestCase("copilot-cli", "copy", "s/events.jsonl")]
    [TestCase("copilot-cli", "copy/s", "events.jsonl")]
    [TestCase("copilot-cli", "copy/s/events.jsonl", "")]
    [TestCase("claude-desktop", "copy", "a/b/local_c/.claude/projects/p/s.jsonl")]
    [TestCase("claude-desktop", "local_c", ".claude/projects/p/s.jsonl")]
    [TestCase("claude-desktop", "local_c/.claude", "projects/p/s.jsonl")]
    [TestCase("claude-desktop", "local_c/.claude/projects", $"p/{Id}.jsonl")]
    [TestCase("claude-desktop", "copy", $"p/{Id}.jsonl")]
    [TestCase("claude-desktop", "copy", $"p/{Id}/subagents/agent-a1.jsonl")]
    [TestCase("claude-desktop", "copy/p", $"{Id}.jsonl")]
    [TestCase("claude-desktop", "copy/s.jsonl", "")]
    [TestCase("opencode", "copy", "storage/message/s/msg_1.json")]
    [TestCase("opencode", "copy", "s/msg_1.json")]
    [TestCase("opencode", "share", "opencode/storage/message/s/msg_1.json")]
    [TestCase("kilo-code", "share", "kilo/storage/message/s/msg_1.json")]
    [TestCase("cline", "copy", "data/tasks/t/ui_messages.json")]
    [TestCase("cline", "copy", "tasks/t/ui_messages.json")]
    [TestCase("cline", "copy", "t/ui_messages.json")]
    [TestCase("kilo-code", "copy", "tasks/t/ui_messages.json")]
    [TestCase("kilo-code", "copy", "t/ui_messages.json")]
    [TestCase("openclaw", "copy", "agents/main/sessions/s.jsonl")]
    [TestCase("openclaw", "copy", "main/sessions/s.jsonl")]
    [TestCase("openclaw", "laptop", ".openclaw/agents/main/sessions/s.jsonl")]
    [TestCase("openclaw", "laptop", ".clawdbot/agents/main/sessions/s.jsonl")]
    [TestCase("openclaw", "homes", "laptop/.openclaw/agents/main/sessions/s.jsonl")]
    [TestCase("openclaw", "copy/main", "sessions/s.jsonl")]
    [TestCase("openclaw", "copy/main/sessions", "s.jsonl")]
    [TestCase("openclaw", "copy", "s.jsonl.reset.2026-11-23")]
    [TestCase("openclaw", "copy/s.jsonl", "")]
    [TestCase("pi", "copy", "sessions/p/s.jsonl")]
    [TestCase("pi", "copy", "p/s.jsonl")]
    [TestCase("pi", "copy/s.jsonl", "")]
    [TestCase("kimi-code", "copy", "sessions/d/s/agents/main/wire.jsonl")]
    [TestCase("kimi-code", "copy", "wire.jsonl")]
    [TestCase("kimi-code", "copy/wire.jsonl", "")]
    public void Path_is_the_clients_folder_or_the_one_with_its_logs(string client, string root, string file)
    {
        var path = Path.Combine(_database.Folder, root);
        var log = Path.Combine(path, file).TrimEnd('/');
        Directory.CreateDirectory(Path.GetDirectoryName(log)!);
        File.WriteAllText(log, client switch
        {
            "gemini-cli" => log.EndsWith('l') ? GeminiLine : GeminiDocument,
            "qwen-code" => QwenLine,
            "copilot-cli" => CopilotEvent,
            "kimi-code" => KimiLine,
            "opencode" => OpencodeMessage,
            "kilo-code" when log.EndsWith("msg_1.json", StringComparison.Ordinal) => OpencodeMessage,
            "cline" or "kilo-code" => ClineTask,
            "openclaw" or "pi" => PiSession,
            _ => ClaudeHome.Line(1),
        } + "\n");
        var home = new LogHome(_database, client, ($"Importer:Roots:{client}", path + "/"));

        Assert.That(home.Import().RowsAdded, Is.EqualTo(1));
        Assert.That(FindFruitless((client, path)), Is.Empty);
    }

    [Test]
    public void In_a_home_that_is_named_only_the_clients_own_logs_are_its()
    {
        var laptop = Path.Combine(_database.Folder, "home", "laptop");
        var home = new LogHome(_database, "openclaw", ("Importer:Roots:openclaw", laptop));
        home.Write("laptop/.pi/agent/sessions/p/s.jsonl", PiSession);
        home.Write("laptop/.codex/sessions/2026/11/23/rollout-1.jsonl", PiSession);

        Assert.That(home.Import().Files, Is.Zero);
        Assert.That(FindFruitless(("openclaw", laptop)), Is.EqualTo(new[] { ("Importer:Roots:openclaw", laptop, "has no log of openclaw") }));
    }

    [TestCase("codex", "copy/sessions", "copy")]
    [TestCase("codex", "copy/archived_sessions", "copy")]
    [TestCase("codex", "copy", "copy")]
    public void Codex_has_two_folders(string client, string logs, string root)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_database.Folder, logs)).FullName;
        File.WriteAllText(Path.Combine(folder, "rollout-2026-11-23T17-35-01-01a2097f-0000-7613-91bc-000000000001.jsonl"), """
            {"timestamp":"2026-11-23T17:35:01.025Z","type":"event_msg","payload":{"type":"token_count","info":{"total_token_usage":{"input_tokens":5,"output_tokens":6},"last_token_usage":{"input_tokens":5,"output_tokens":6}}}}

            """);
        var home = new LogHome(_database, client, ($"Importer:Roots:{client}", Path.Combine(_database.Folder, root)));

        Assert.That(home.Import().RowsAdded, Is.EqualTo(1));
    }

    [Test]
    public void Copy_of_a_folder_of_chats_tells_sessions_and_sub_agents_apart()
    {
        var home = new LogHome(_database, "gemini-cli", ("Importer:Roots:gemini-cli", Path.Combine(_database.Folder, "home", "copy")));
        home.Write("copy/session-1.jsonl", """{"sessionId":"s1"}""", GeminiLine);
        home.Write($"copy/{Id}/agent.jsonl", """{"sessionId":"a1"}""", GeminiLine.Replace("\"a\"", "\"b\"", StringComparison.Ordinal));

        home.Import();

        Assert.That(
            _database.Query("SELECT usage_key, session_id, agent_id FROM usage ORDER BY usage_key").Select(row => string.Join(' ', row.Values)),
            Is.EqualTo(new[] { "gemini-cli:a s1 ", $"gemini-cli:b {Id} a1" }));
    }

    [Test]
    public void What_lies_beside_Claude_Desktops_transcripts_is_not_read_from_a_named_folder_either()
    {
        var home = new LogHome(_database, "claude-desktop", ("Importer:Roots:claude-desktop", Path.Combine(_database.Folder, "home", "local_c")));
        home.WriteText("local_c/audit.jsonl", ClaudeHome.Line(1) + "\n");
        home.WriteText("local_c/outputs/data.jsonl", ClaudeHome.Line(2) + "\n");

        Assert.That(home.Import().Files, Is.Zero);
    }

    [Test]
    public void Path_that_does_not_exist_or_has_no_log_is_told()
    {
        var empty = Directory.CreateDirectory(Path.Combine(_database.Folder, "empty")).FullName;
        File.WriteAllText(Path.Combine(empty, "note.txt"), "");
        var missing = Path.Combine(_database.Folder, "missing");

        Assert.That(
            FindFruitless(("claude-code", empty), ("codex", missing)),
            Is.EqualTo(new[] { ("Importer:Roots:claude-code", empty, "has no log of claude-code"), ("Importer:Roots:codex", missing, "does not exist") }));
    }

    [Test]
    public void Log_behind_a_link_is_found()
    {
        var target = Directory.CreateDirectory(Path.Combine(_database.Folder, "target")).FullName;
        File.WriteAllText(Path.Combine(target, "s.jsonl"), ClaudeHome.Line(1));
        var root = Directory.CreateDirectory(Path.Combine(_database.Folder, "root")).FullName;
        Directory.CreateSymbolicLink(Path.Combine(root, "up"), root);
        Directory.CreateSymbolicLink(Path.Combine(root, "link"), target);

        Assert.That(FindFruitless(("claude-code", root)), Is.Empty);
    }

    [Test]
    public void Clients_that_nobody_knows_are_told()
    {
        var configuration = Settings(("codx", "/a"), ("Claude-Code", "/b"), ("codex:0", "/c"));

        Assert.That(RootSettings.FindUnknownClients(configuration), Is.EqualTo(new[] { "Importer:Roots:codx" }));
    }

    private List<(string Key, string Path, string Reason)> FindFruitless(params (string Client, string Path)[] roots)
    {
        var folders = new ClientFolders(Path.Combine(_database.Folder, "home"), Settings(roots));
        return [.. RootSettings.FindFruitless(UsageSources.All(folders), folders)];
    }

    private static IConfiguration Settings(params (string Client, string Path)[] roots) => new ConfigurationBuilder()
        .AddInMemoryCollection(roots.Select(root => KeyValuePair.Create($"Importer:Roots:{root.Client}", (string?)root.Path))).Build();
}
