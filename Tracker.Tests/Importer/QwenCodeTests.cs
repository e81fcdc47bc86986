using Tracker.Tests.Support;

namespace Tracker.Tests.Importer;

/// <summary>The traps of Qwen Code's chat logs.</summary>
public sealed class QwenCodeTests
{
    private const string Log = ".qwen/projects/-home-dev-project/chats/8c6924c8-0799-4719-8fec-1f8af128a583.jsonl";
    private const string Session = "8c6924c8-0799-4719-8fec-1f8af128a583";

    private readonly TestDatabase _database = new();
    private LogHome _home = null!;

    [SetUp]
    public void SetUp() => _home = new LogHome(_database, "qwen-code");

    [TearDown]
    public void TearDown() => _database.Dispose();

    [Test]
    public void Assistant_line_behind_its_telemetry_adds_the_tools_and_no_call()
    {
        _home.Write(Log, Response(1), Assistant(1, "call_1"), Response(2));
        _home.Import();
        _home.Append(Log, Assistant(2, "call_2"));

        _home.Import();

        Assert.That(Calls(), Is.EqualTo(new[] { $"{Key(1)} 10", $"{Key(2)} 20" }));
        Assert.That(_database.Query("SELECT substr(usage_key, -1) || ' ' || tool_use_id AS tool FROM tool_call JOIN usage ON usage.id = usage_id ORDER BY 1").Select(row => row["tool"]), Is.EqualTo(new[] { "1 call_1", "2 call_2" }));
    }

    [Test]
    public void Without_telemetry_the_assistant_lines_are_the_calls_also_before_an_upgrade()
    {
        _home.Write(Log, Assistant(1, version: "0.2.0"), Assistant(2, version: "0.2.0"));
        _home.Import();
        _home.Append(Log, Response(3), Assistant(3), Assistant(4, version: "0.2.0"));

        _home.Import();

        Assert.That(Calls(), Is.EqualTo(new[] { $"{Key(3)} 30", "qwen-code:assistant-1 10", "qwen-code:assistant-2 20", "qwen-code:assistant-4 40" }));
    }

    [Test]
    public void Sub_agent_is_named_by_its_own_id_and_its_tools_are_not_the_main_conversations()
    {
        _home.Write(Log, Response(1), Response(2, $",\"prompt_id\":\"{Session}#general-purpose-93xtke#0\",\"subagent_name\":\"general-purpose\""), Assistant(1, "call_1"));

        _home.Import();

        Assert.That(_database.Query("SELECT coalesce(agent_id, '-') || ' ' || session_id || ' ' || coalesce(tool_call_count, 0) AS call FROM usage ORDER BY usage_key").Select(row => row["call"]),
            Is.EqualTo(new[] { $"- {Session} 1", $"general-purpose-93xtke {Session} 0" }));
    }

    /// <summary>As 0.24.4 wrote them.</summary>
    [Test]
    public void Main_conversation_has_no_agent_also_where_the_id_of_its_prompt_has_the_sign_of_one()
    {
        _home.With("qwen-code", "real-logs", "0.24.4", "home").Import();

        Assert.That(_database.Query("SELECT coalesce(agent_id, '-') || ' ' || count(*) AS calls FROM usage GROUP BY agent_id ORDER BY 1").Select(row => row["calls"]),
            Is.EqualTo(new[] { "- 12", "general-purpose-call_QWENCODE0000000000000090 3", "managed-auto-memory-extractor-365ed0a4 1" }));
    }

    [Test]
    public void Failed_call_is_a_row_without_counts_if_its_answer_had_begun()
    {
        _home.Write(Log, Error("chatcmpl-TEST000000000000000000000001"), Error("req_TEST000000000000000000001"), Error("0f5d1d3e-5b7f-4a0e-8c43-1c1f9f6d2b11"));

        _home.Import();

        var row = _database.Query("SELECT * FROM usage").Single();
        Assert.That((row["usage_key"], row["outcome"], row["quality"], row["output_tokens"], row["input_tokens"]), Is.EqualTo(((object)Key(1), "incomplete", 1L, (object?)null, (object?)null)));
    }

    [TestCase("openai", "chatcmpl-TEST000000000000000000000001", "openai:chatcmpl-TEST000000000000000000000001", 2)]
    [TestCase("qwen-oauth", "chatcmpl-TEST000000000000000000000001", "openai:chatcmpl-TEST000000000000000000000001", 2)]
    [TestCase("anthropic", "msg_TEST0000000000000000000001", "anthropic:msg_TEST0000000000000000000001", 1)]
    [TestCase("gemini", "TEST0000000000000000000001", "gemini:TEST0000000000000000000001", 1)]
    [TestCase("openai", "chatcmpl-7", "qwen-code:telemetry-1", 2)]
    public void Id_is_in_the_namespace_of_its_API_and_what_was_not_seen_is_partial(string authType, string id, string key, long quality)
    {
        _home.Write(Log, Response(1).Replace("\"auth_type\":\"openai\"", $"\"auth_type\":\"{authType}\"").Replace("chatcmpl-TEST000000000000000000000001", id));

        _home.Import();

        var row = _database.Query("SELECT usage_key, quality FROM usage").Single();
        Assert.That((row["usage_key"], row["quality"]), Is.EqualTo((key, quality)));
    }

    [Test]
    public void Sub_agents_own_file_is_not_read_whatever_the_project_is_called()
    {
        _home.Write(Log.Replace("-project", "-chats"), Response(1));
        _home.Write(Log.Replace("-project/chats", "-chats/subagents"), Assistant(1));

        Assert.That(_home.Import().Files, Is.EqualTo(1));
    }

    [TestCase(1010, 10)]
    [TestCase(1014, 14)]
    public void Thoughts_are_in_the_output_unless_the_total_shows_otherwise(long total, long output)
    {
        _home.Write(Log, Response(1).Replace("\"total_token_count\":1010", $"\"total_token_count\":{total}"));

        _home.Import();

        Assert.That(_database.Scalar<long>("SELECT output_tokens FROM usage"), Is.EqualTo(output));
    }

    [Test]
    public void Other_events_with_a_response_id_are_no_calls()
    {
        _home.Write(Log, Response(1).Replace("qwen-code.api_response", "qwen-code.tool_call"), Response(2).Replace("\"input_token_count\":2000", "\"input_token_count\":0").Replace("\"output_token_count\":20", "\"output_token_count\":0"),
            """{"type":"user","message":{"parts":[{"text":"\"qwen-code.api_response\" \"usageMetadata\""}]}}""");

        var report = _home.Import();

        Assert.That((report.Records, report.MalformedLines), Is.EqualTo((0L, 0L)));
    }

    private List<string> Calls() => [.. _database.Query("SELECT usage_key || ' ' || output_tokens AS call FROM usage ORDER BY 1").Select(row => (string)row["call"]!)];

    private static string Key(int number) => $"openai:chatcmpl-TEST{number:D24}";

    private static string Line(string type, string id, string more, string version = "0.15.10") =>
        $$"""{"uuid":"{{id}}","parentUuid":null,"sessionId":"{{Session}}","timestamp":"2026-11-23T17:49:50.857Z","type":"{{type}}","cwd":"/home/dev/project","version":"{{version}}",{{more}}}""";

    private static string Telemetry(string id, string uiEvent) => Line("system", id, $$$"""
        "subtype":"ui_telemetry","systemPayload":{"uiEvent":{"event.name":{{{uiEvent}}}}}
        """);

    private static string Response(int number, string more = "") => Telemetry($"telemetry-{number}", $$"""
        "qwen-code.api_response","response_id":"{{Key(number)["openai:".Length..]}}","model":"qwen3-coder-plus","status_code":200,"input_token_count":{{number * 1000}},"output_token_count":{{number * 10}},"cached_content_token_count":{{number * 900}},"thoughts_token_count":{{number * 4}},"total_token_count":{{number * 1010}},"auth_type":"openai"{{more}}
        """);

    private static string Error(string id) => Telemetry(id, $$"""
        "qwen-code.api_error","response_id":"{{id}}","model":"qwen3-coder-plus","duration_ms":51,"auth_type":"openai","error_message":"terminated"
        """);

    private static string Assistant(int number, string? toolCall = null, string version = "0.15.10") => Line("assistant", $"assistant-{number}", $$"""
        "model":"qwen3-coder-plus","message":{"role":"model","parts":[{"text":"x"}{{(toolCall is null ? "" : $$$$""",{"functionCall":{"id":"{{{{toolCall}}}}","name":"shell","args":{}}}""")}}]},"usageMetadata":{"promptTokenCount":{{number * 1000}},"candidatesTokenCount":{{number * 10}},"thoughtsTokenCount":{{number * 4}},"totalTokenCount":{{number * 1010}},"cachedContentTokenCount":{{number * 900}}}
        """, version);
}
