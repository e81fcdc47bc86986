using Tracker.Tests.Support;

namespace Tracker.Tests.Importer;

/// <summary>The traps of Copilot CLI's events.</summary>
public sealed class CopilotCliTests
{
    private const string Session = "5d37d628-88f4-4236-9c5d-b3c2e94e723c";
    private const string Log = $".copilot/session-state/{Session}/events.jsonl";

    private readonly TestDatabase _database = new();
    private LogHome _home = null!;

    [SetUp]
    public void SetUp() => _home = new LogHome(_database, "copilot-cli");

    [TearDown]
    public void TearDown() => _database.Dispose();

    [TestCase("/chat/completions", "chatcmpl-TEST00000000000000000001", "openai:chatcmpl-TEST00000000000000000001")]
    [TestCase("/responses", "resp_TEST0000000000000000000000001", "openai:resp_TEST0000000000000000000000001")]
    [TestCase("/v1/messages", "msg_01TEST0000000000000000000001", "anthropic:msg_01TEST0000000000000000000001")]
    [TestCase("/chat/completions", "chatcmpl-7", "copilot-cli:event-1")]
    public void Id_is_in_the_namespace_of_its_API(string endpoint, string id, string key)
    {
        _home.Write(Log, Start(), Usage(id, endpoint));

        _home.Import();

        Assert.That(_database.Scalar<string>("SELECT usage_key FROM usage"), Is.EqualTo(key));
    }

    [Test]
    public void Cached_and_written_input_become_disjoint_parts_and_what_is_no_money_is_no_cost()
    {
        _home.Write(Log, Start(), Usage("msg_01TEST0000000000000000000001", "/v1/messages").Replace("\"cacheWriteTokens\":0", "\"cacheWriteTokens\":30"));

        _home.Import();

        var row = _database.Query("SELECT * FROM usage").Single();
        Assert.That((row["input_tokens"], row["cache_read_tokens"], row["cache_creation_5m_tokens"], row["output_tokens"], row["reasoning_tokens"]), Is.EqualTo((70L, 900L, 30L, 10L, 4L)));
        Assert.That((row["client_cost_nano_usd"], row["request_id"], row["project"]), Is.EqualTo(((object?)null, "req_1", "/home/dev/project")));
    }

    [Test]
    public void Totals_at_the_end_and_messages_are_no_calls()
    {
        _home.Write(Log, Start(), Usage("chatcmpl-TEST00000000000000000001"), Message("chatcmpl-TEST00000000000000000001"),
            """{"type":"session.shutdown","data":{"modelMetrics":{"gpt-4.1":{"usage":{"inputTokens":84080,"outputTokens":1310}}}},"id":"e","timestamp":"2026-11-23T17:45:22.000Z"}""");

        _home.Import();

        Assert.That(_database.Scalar<string>("SELECT count(*) || ' ' || sum(output_tokens) FROM usage"), Is.EqualTo("1 10"));
    }

    [Test]
    public void Message_adds_its_tools_to_the_call_before_it_also_across_passes()
    {
        _home.Write(Log, Start(), Usage("chatcmpl-TEST00000000000000000001"), Usage("chatcmpl-TEST00000000000000000002"));
        _home.Import();
        _home.Append(Log, Message("chatcmpl-TEST00000000000000000001", "call_1"), Message("chatcmpl-TEST00000000000000000002", "call_2"), Message("chatcmpl-TEST00000000000000000003", "call_3"));

        _home.Import();

        Assert.That(_database.Query("SELECT substr(usage_key, -1) || ' ' || tool_use_id AS tool FROM tool_call JOIN usage ON usage.id = usage_id ORDER BY 1").Select(row => row["tool"]), Is.EqualTo(new[] { "1 call_1", "2 call_2" }));
        Assert.That(_database.Scalar<string>("SELECT count(*) || ' ' || sum(output_tokens) || ' ' || min(quality) FROM usage"), Is.EqualTo("2 20 2"), "a message whose call is not known makes no row");
    }

    [Test]
    public void Sub_agent_in_its_parents_file_is_its_agent()
    {
        _home.Write(Log, Start(), Usage("chatcmpl-TEST00000000000000000001").Replace("\"id\":\"event-1\"", "\"id\":\"event-1\",\"agentId\":\"f86a00b8\""));

        _home.Import();

        var row = _database.Query("SELECT session_id, agent_id FROM usage").Single();
        Assert.That((row["session_id"], row["agent_id"]), Is.EqualTo((Session, "f86a00b8")));
    }

    [Test]
    public void Session_is_known_from_the_folder_when_the_file_does_not_tell()
    {
        _home.Write(Log, Usage("chatcmpl-TEST00000000000000000001"));

        _home.Import();

        Assert.That(_database.Scalar<string>("SELECT session_id FROM usage"), Is.EqualTo(Session));
    }

    private static string Start() => $$$"""{"type":"session.start","data":{"sessionId":"{{{Session}}}","version":1,"context":{"cwd":"/home/dev/project","branch":"main"}},"id":"s","timestamp":"2026-11-23T17:45:17.197Z"}""";

    private static string Usage(string id, string endpoint = "/chat/completions") => $$$"""
        {"type":"session.usage_record","data":{"usage":{"model":"gpt-4.1","inputTokens":1000,"outputTokens":10,"cacheReadTokens":900,"cacheWriteTokens":0,"reasoningTokens":4,"cost":1.0,"totalNanoAiu":5000000,"apiCallId":"{{{id}}}","providerCallId":"req_1","apiEndpoint":"{{{endpoint}}}"}},"id":"event-1","timestamp":"2026-11-23T17:45:17.481Z"}
        """;

    private static string Message(string id, string? toolCall = null) => $$$"""
        {"type":"assistant.message","data":{"model":"gpt-4.1","content":"x","apiCallId":"{{{id}}}","toolRequests":[{{{(toolCall is null ? "" : $$$"""{"toolCallId":"{{{toolCall}}}","name":"bash","arguments":{}}""")}}}]},"id":"m","timestamp":"2026-11-23T17:45:17.488Z"}
        """;
}
