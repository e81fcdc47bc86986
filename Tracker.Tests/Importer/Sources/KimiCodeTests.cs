using Tracker.Tests.Support;

namespace Tracker.Tests.Importer.Sources;

/// <summary>Sessions of Kimi Code and of Kimi CLI, in the form that their sources write.</summary>
public sealed class KimiCodeTests
{
    private const string Session = ".kimi-code/sessions/wd_project_ab12/session_1";
    private const string OldSession = ".kimi/sessions/0123456789abcdef/0199-session/wire.jsonl";
    private readonly TestDatabase _database = new();
    private LogHome _home = null!;

    [SetUp]
    public void SetUp() => _home = new LogHome(_database, "kimi-code");

    [TearDown]
    public void TearDown() => _database.Dispose();

    [Test]
    public void Record_is_one_call_in_a_turn_and_outside_of_one()
    {
        _home.WriteText(Session + "/state.json", """{"title":"t","workDir":"/home/dev/project"}""");
        _home.Write(
            Session + "/agents/main/wire.jsonl", """{"type":"metadata","protocol_version":"1.4","created_at":1784370960000}""", """{"type":"turn.prompt","content":"usage.record","time":1784370960700}""",
            """{"type":"context.append_loop_event","event":{"type":"step.end","usage":{"inputOther":100,"output":20,"inputCacheRead":40,"inputCacheCreation":3}},"time":1784370960801}""",
            Record(1), Record(2, scope: "session"));

        var report = _home.Import();

        var row = _database.Query("SELECT * FROM usage WHERE input_tokens = 101").Single();
        Assert.That((report.Records, report.RowsAdded, report.MalformedLines), Is.EqualTo((2L, 2L, 0L)));
        Assert.That(
            (row["usage_key"], row["cache_read_tokens"], row["cache_creation_5m_tokens"], row["output_tokens"], row["quality"], row["outcome"], row["occurred_at_ms"]),
            Is.EqualTo(("kimi-code:1784370961000:kimi-code/k3:164", 40L, 3L, 20L, 2L, "completed", 1784370961000L)));
        Assert.That(
            (row["session_id"], row["agent_id"], row["project"], row["client"], row["request_model"], row["provider"]),
            Is.EqualTo(("session_1", (object?)null, "/home/dev/project", "kimi-code", "kimi-code/k3", (object?)null)));
    }

    [Test]
    public void Real_sessions_tell_project_agents_and_the_model_behind_the_alias()
    {
        _home.With("kimi-code", "real-logs", "2.1.0", "home").Import();

        var rows = _database.Query("SELECT agent_id, project, request_model, provider, cost_nano_usd > 0 AS has_cost, count(*) AS calls FROM usage GROUP BY 1, 2, 3, 4, 5 ORDER BY 1");
        Assert.That(rows.Select(row => row.Values), Is.EqualTo(new[]
        {
            new object?[] { null, "/home/dev/project", "claude-sonnet-4-5", "anthropic", 1L, 6L },
            ["agent-0", "/home/dev/project", "claude-sonnet-4-5", "anthropic", 1L, 3L],
        }));
    }

    [Test]
    public void Model_of_the_request_before_a_call_is_known_in_the_next_pass_and_another_ones_is_not_taken()
    {
        _home.Write(Session + "/agents/main/wire.jsonl", Request("k3", "kimi-code/k3"));
        _home.Import();
        _home.Append(Session + "/agents/main/wire.jsonl", Record(1), Request("k2", "kimi-code/k2"), Record(2));

        _home.Import();

        Assert.That(_database.Query("SELECT request_model FROM usage ORDER BY input_tokens").Select(row => row["request_model"]), Is.EqualTo(new[] { "k3", "kimi-code/k3" }));
    }

    [TestCase("openai", 2)]
    [TestCase("google-genai", 1)]
    public void Output_with_Gemini_is_without_the_thoughts(string api, long quality)
    {
        _home.Write(Session + "/agents/main/wire.jsonl", Request("k3", "kimi-code/k3", api), Record(1));

        _home.Import();

        Assert.That(_database.Scalar<long>("SELECT quality FROM usage"), Is.EqualTo(quality));
    }

    [Test]
    public void Sub_agents_have_logs_of_their_own()
    {
        _home.Write(Session + "/agents/agent-7/wire.jsonl", Record(1));

        _home.Import();

        Assert.That(_database.Query("SELECT session_id, agent_id, project FROM usage").Single().Values, Is.EqualTo(new object?[] { "session_1", "agent-7", null }));
    }

    [Test]
    public void Session_goes_on_where_the_last_pass_ended_and_a_fork_copies_the_calls()
    {
        _home.Write(Session + "/agents/main/wire.jsonl", Record(1));
        _home.Import();
        _home.Append(Session + "/agents/main/wire.jsonl", Record(2));
        _home.Write(Session.Replace("session_1", "session_2", StringComparison.Ordinal) + "/agents/main/wire.jsonl", Record(1), Record(2), """{"type":"forked","time":1784370963000}""", Record(3));

        var second = _home.Import();

        Assert.That((second.Records, second.RowsAdded), Is.EqualTo((4L, 2L)));
    }

    [TestCase("chatcmpl-0123456789abcdef0123", "openai:chatcmpl-0123456789abcdef0123")]
    [TestCase("msg_01TEST0123456789abcdef", "anthropic:msg_01TEST0123456789abcdef")]
    [TestCase("an-id-of-somebody-elses-making", "kimi-code:an-id-of-somebody-elses-making")]
    public void Kimi_CLI_names_calls_by_the_upstreams_id(string id, string key)
    {
        _home.Write(
            OldSession, """{"type":"metadata","protocol_version":"1.3"}""", """{"timestamp":1776162400,"message":{"type":"TurnBegin","payload":{"user_input":"token_usage"}}}""",
            Status($"\"message_id\":\"{id}\""), """{"timestamp":1776162404,"message":{"type":"StatusUpdate","payload":{"context_usage":0.5,"token_usage":null}}}""");

        var report = _home.Import();

        var row = _database.Query("SELECT * FROM usage").Single();
        Assert.That(report.MalformedLines, Is.Zero);
        Assert.That(
            (row["usage_key"], row["session_id"], row["input_tokens"], row["cache_read_tokens"], row["output_tokens"], row["occurred_at_ms"], row["request_model"]),
            Is.EqualTo((key, "0199-session", 100L, 25L, 40L, 1776162403071L, (object?)null)));
    }

    [Test]
    public void Ids_that_a_local_server_counts_up_are_those_of_different_calls()
    {
        _home.Write(OldSession, Status("\"message_id\":\"chatcmpl-123\""));
        _home.Write(OldSession.Replace("0199", "0200"), Status("\"message_id\":\"chatcmpl-123\"").Replace("\"output\":40", "\"output\":41"));

        Assert.That(_home.Import().RowsAdded, Is.EqualTo(2));
    }

    [Test]
    public void Kimi_CLIs_sub_agents_speak_through_their_parent()
    {
        var inner = Status("\"message_id\":\"chatcmpl-0123456789abcdef0123\"");
        var message = inner[(inner.IndexOf("\"message\":", StringComparison.Ordinal) + "\"message\":".Length)..^1];
        _home.Write(OldSession, $$$$"""{"timestamp":1776162403.071,"message":{"type":"SubagentEvent","payload":{"task_tool_call_id":"call_7","event":{{{{message}}}}}}}""");

        _home.Import();

        Assert.That(_database.Query("SELECT usage_key, agent_id FROM usage").Single().Values, Is.EqualTo(new[] { "openai:chatcmpl-0123456789abcdef0123", "call_7" }));
    }

    [Test]
    public void Damaged_lines_are_counted_and_unknown_counts_raise_the_alarm()
    {
        _home.Write(
            Session + "/agents/main/wire.jsonl", Record(1)[..40], Record(2).Replace("\"time\":", "\"when\":", StringComparison.Ordinal), Record(3).Replace("\"output\"", "\"reasoning\":5,\"output\"", StringComparison.Ordinal),
            """{"type":"usage.record","model":"m","usage":null,"time":1784370961000}""");

        var report = _home.Import();

        Assert.That((report.MalformedLines, report.RowsAdded), Is.EqualTo((2L, 1L)));
        Assert.That(_database.Scalar<string>("SELECT drift FROM import_cursor"), Is.EqualTo("usage.reasoning"));
    }

    private static string Request(string model, string alias, string api = "openai") =>
        $$$"""{"type":"llm.request","kind":"loop","provider":"{{{api}}}","model":"{{{model}}}","modelAlias":"{{{alias}}}","turnStep":"0.1","time":1784370960000}""";

    private static string Record(int number, string scope = "turn") =>
        $$$$"""{"type":"usage.record","model":"kimi-code/k3","usage":{"inputOther":{{{{100 + number}}}},"output":20,"inputCacheRead":40,"inputCacheCreation":3},"usageScope":"{{{{scope}}}}","time":{{{{1784370960000 + (number * 1000)}}}}}""";

    private static string Status(string more) =>
        $$$$"""{"timestamp":1776162403.071,"message":{"type":"StatusUpdate","payload":{"token_usage":{"input_other":100,"input_cache_read":25,"output":40},{{{{more}}}}}}}""";
}
