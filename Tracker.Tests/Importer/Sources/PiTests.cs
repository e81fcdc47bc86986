using Tracker.Tests.Support;

namespace Tracker.Tests.Importer.Sources;

/// <summary>Sessions of Pi, and of OpenClaw, whose sessions are Pi's; in the form that Pi's documentation describes.</summary>
public sealed class PiTests
{
    private const string Session = ".pi/agent/sessions/--home-dev-project--/2026-11-23T17-48-12-000Z_5a2eb04d.jsonl";
    private const string Head = """{"type":"session","version":3,"id":"5a2eb04d","timestamp":"2026-11-23T17:48:12.000Z","cwd":"/home/dev/project"}""";
    private readonly TestDatabase _database = new();
    private LogHome _home = null!;

    [SetUp]
    public void SetUp() => _home = new LogHome(_database, "pi");

    [TearDown]
    public void TearDown() => _database.Dispose();

    [Test]
    public void Answer_is_one_call()
    {
        _home.WriteText(Session, Lines(Head, """{"type":"model_change","id":"a","provider":"anthropic","modelId":"x"}""", Answer(1)));

        _home.Import();

        var row = _database.Query("SELECT * FROM usage").Single();
        Assert.That(
            (row["input_tokens"], row["cache_read_tokens"], row["cache_creation_5m_tokens"], row["output_tokens"], row["quality"], row["outcome"]),
            Is.EqualTo((1001L, 20007L, 3508L, 311L, 2L, "completed")));
        Assert.That(
            (row["session_id"], row["project"], row["client"], row["provider"], row["request_model"], row["client_cost_nano_usd"], row["stop_reason"]),
            Is.EqualTo(("5a2eb04d", "/home/dev/project", "pi", "anthropic", "claude-sonnet-4-5", 46_602_250L, "toolUse")));
        Assert.That(_database.Query("SELECT tool_use_id, name FROM tool_call").Single().Values, Is.EqualTo(new[] { "toolu_1", "bash" }));
    }

    [Test]
    public void Session_goes_on_where_the_last_pass_ended()
    {
        var path = _home.WriteText(Session, Lines(Head, Answer(1)));
        _home.Import();
        File.AppendAllText(path, Lines(Answer(2)));

        var second = _home.Import();

        Assert.That((second.Records, second.RowsAdded), Is.EqualTo((1L, 1L)));
        Assert.That(_database.Scalar<long>("SELECT count(*) FROM usage WHERE session_id = '5a2eb04d' AND project = '/home/dev/project'"), Is.EqualTo(2));
    }

    [Test]
    public void Fork_copies_the_history_and_the_calls_are_counted_once()
    {
        _home.WriteText(Session, Lines(Head, Answer(1), Answer(2)));
        _home.WriteText(Session.Replace("5a2eb04d", "9c11", StringComparison.Ordinal), Lines(Head.Replace("5a2eb04d", "9c11", StringComparison.Ordinal), Answer(1), Answer(2), Answer(3)));

        Assert.That(_home.Import().RowsAdded, Is.EqualTo(3));
    }

    [Test]
    public void Conversion_of_an_old_file_gives_new_ids_and_the_calls_are_counted_once()
    {
        _home.WriteText(Session, Lines(Head, Answer(1).Replace("\"id\":\"e0000001\",", "", StringComparison.Ordinal)));
        _home.Import();
        _home.WriteText(Session, Lines(Head, Answer(1)));

        Assert.That(_home.Import().RowsAdded, Is.Zero);
    }

    [TestCase("anthropic-messages", "msg_01ABCDEFGHIJKLMNOPQRST", "anthropic:msg_01ABCDEFGHIJKLMNOPQRST")]
    [TestCase("openai-responses", "resp_0123456789abcdef0123", "openai:resp_0123456789abcdef0123")]
    [TestCase("google-generative-ai", "abcdefghijklmnopqrstuvwx", "gemini:abcdefghijklmnopqrstuvwx")]
    [TestCase("openai-completions", "chatcmpl-7", "pi:1795456092001:claude-sonnet-4-5:24827")]
    [TestCase("something-else", "abcdefghijklmnopqrstuvwx", "pi:1795456092001:claude-sonnet-4-5:24827")]
    public void Upstreams_id_names_the_call_where_the_log_has_it(string api, string id, string key)
    {
        _home.WriteText(Session, Lines(Head, Answer(1, api, $$""","responseId":"{{id}}"}""")));

        _home.Import();

        Assert.That(_database.Scalar<string>("SELECT usage_key FROM usage"), Is.EqualTo(key));
    }

    /// <summary>Until 0.70 the reasoning was added to an output with it; since 0.80.3 it is told apart.</summary>
    [TestCase("", 0)]
    [TestCase("\"reasoning\":0,", 2)]
    [TestCase("\"reasoning\":42,", 2)]
    public void With_OpenAIs_chat_API_the_reasoning_may_be_counted_twice_unless_it_is_told(string reasoning, long quality)
    {
        _home.WriteText(Session, Lines(Head, Answer(1, "openai-completions").Replace("\"totalTokens\":", $"{reasoning}\"totalTokens\":", StringComparison.Ordinal)));

        _home.Import();

        Assert.That(_database.Scalar<long>("SELECT quality FROM usage"), Is.EqualTo(quality));
    }

    [TestCase("505", 3003, 505)]
    [TestCase("0", 3508, 0)]
    [TestCase("9999", 0, 3508)]
    public void What_was_written_for_an_hour_is_part_of_what_was_written(string forAnHour, long forMinutes, long counted)
    {
        _home.WriteText(Session, Lines(Head, Answer(1).Replace("\"totalTokens\":", $"\"cacheWrite1h\":{forAnHour},\"reasoning\":42,\"totalTokens\":", StringComparison.Ordinal)));

        _home.Import();

        Assert.That(
            _database.Query("SELECT cache_creation_5m_tokens, cache_creation_1h_tokens, output_tokens, reasoning_tokens FROM usage").Single().Values,
            Is.EqualTo(new object[] { forMinutes, counted, 311L, 42L }));
    }

    [Test]
    public void Rows_of_a_reader_that_left_out_the_reasoning_get_it()
    {
        _home.With("pi", "real-logs", "1.6.0", "home").Import();
        _database.Execute("UPDATE usage SET reasoning_tokens = NULL, cache_creation_5m_tokens = cache_creation_5m_tokens + cache_creation_1h_tokens, cache_creation_1h_tokens = NULL");
        _database.Execute("UPDATE import_cursor SET reader_version = 1");

        _home.Import();

        Assert.That(_database.Scalar<long>("SELECT sum(reasoning_tokens) FROM usage WHERE quality = 2"), Is.EqualTo(368));
        Assert.That(_database.Scalar<long>("SELECT sum(cache_creation_1h_tokens) FROM usage WHERE quality = 2"), Is.EqualTo(3720));
    }

    [Test]
    public void Input_of_Gemini_includes_what_was_read_from_the_cache()
    {
        var usage = """{"input":21008,"output":311,"cacheRead":20007,"cacheWrite":0,"totalTokens":21319}""";
        _home.WriteText(Session, Lines(Head, $$$"""{"type":"message","timestamp":"2026-11-23T17:48:12.001Z","message":{"role":"assistant","api":"google-generative-ai","provider":"google","model":"gemini-2.5-pro","usage":{{{usage}}},"stopReason":"stop"}}"""));

        _home.Import();

        Assert.That(_database.Query("SELECT input_tokens, cache_read_tokens, provider FROM usage").Single().Values, Is.EqualTo(new object[] { 1001L, 20007L, "gemini" }));
    }

    [Test]
    public void Broken_stream_is_partial_and_one_without_use_is_no_call()
    {
        _home.WriteText(Session, Lines(
            Head, Answer(1).Replace("\"toolUse\"", "\"aborted\"", StringComparison.Ordinal),
            """{"type":"message","timestamp":"2026-11-23T17:48:12.001Z","message":{"role":"assistant","usage":{"input":0,"output":0,"cacheRead":0,"cacheWrite":0},"stopReason":"error"}}""",
            """{"type":"message","message":{"role":"user","content":"the \"usage\" of it"}}"""));

        _home.Import();

        Assert.That(_database.Query("SELECT quality, outcome FROM usage").Single().Values, Is.EqualTo(new object[] { 1L, "incomplete" }));
    }

    [Test]
    public void Number_that_is_none_of_the_known_ones_raises_the_alarm_by_its_own_name()
    {
        _home.WriteText(Session, Lines(Head, Answer(1).Replace("\"cacheWrite\":", "\"cacheWrite1d\":5,\"cacheWrite\":", StringComparison.Ordinal), Answer(2)));

        _home.Import();

        Assert.That(_database.Scalar<string>("SELECT drift FROM import_cursor"), Is.EqualTo("usage.cacheWrite1d"));
    }

    [Test]
    public void Damaged_lines_are_counted_and_passed_over()
    {
        _home.WriteText(Session, Lines(Head, Answer(1)[..300], """{"type":"message","message":{"role":"assistant","usage":{"input":5}}}""", Answer(2)));

        var report = _home.Import();

        Assert.That((report.RowsAdded, report.MalformedLines), Is.EqualTo((1L, 2L)));
        Assert.That(report.Trouble.Select(trouble => trouble.Line), Is.EqualTo(new long?[] { 2, 3 }));
    }

    [TestCase(".openclaw")]
    [TestCase(".moltbot")]
    [TestCase(".clawdbot")]
    public void OpenClaws_sessions_are_read_also_those_put_away_but_not_their_trajectories(string folder)
    {
        var home = new LogHome(_database, "openclaw");
        home.WriteText($"{folder}/agents/main/sessions/s1.jsonl", Lines(Head, Answer(1)));
        home.WriteText($"{folder}/agents/main/sessions/s2.jsonl.reset.2026-03-20T06-34-44.520Z", Lines(Head, Answer(2)));
        home.WriteText($"{folder}/agents/main/sessions/s3.jsonl.deleted.1700000000000", Lines(Head, Answer(3)));
        home.WriteText($"{folder}/agents/main/sessions/s1.trajectory.jsonl", Lines(Head, Answer(4)));
        home.WriteText($"{folder}/agents/main/agent/notes.jsonl", Lines(Head, Answer(5)));
        home.WriteText($"{folder}/agents/main/sessions/sessions.json", "{}");

        var report = home.Import();

        Assert.That((report.Files, report.RowsAdded), Is.EqualTo((3, 3L)));
        Assert.That(_database.Scalar<long>("SELECT count(*) FROM usage WHERE client = 'openclaw'"), Is.EqualTo(3));
    }

    private static string Lines(params IEnumerable<string> lines) => string.Concat(lines.Select(line => line + "\n"));

    private static string Answer(int number, string api = "anthropic-messages", string end = "}") => $$$$"""
        {"type":"message","id":"e{{{{number:D7}}}}","parentId":null,"timestamp":"2026-11-23T17:48:13.000Z","message":{"role":"assistant","content":[{"type":"toolCall","id":"toolu_{{{{number}}}}|fc_1","name":"bash","arguments":{}}],"api":"{{{{api}}}}","provider":"anthropic","model":"claude-sonnet-4-5","usage":{"input":1001,"output":311,"cacheRead":20007,"cacheWrite":3508,"totalTokens":24827,"cost":{"total":0.04660225}},"stopReason":"toolUse","timestamp":{{{{1795456092000 + number}}}}{{{{end}}}}}
        """;
}
