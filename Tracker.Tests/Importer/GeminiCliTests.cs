using Tracker.Tests.Support;

namespace Tracker.Tests.Importer;

/// <summary>The traps of Gemini CLI's session files.</summary>
public sealed class GeminiCliTests
{
    private const string Session = "cdb140b6-3c65-4133-9ccb-3c625dccfe05";
    private const string Agent = "763e2b58-72a4-4f5f-8df5-dc08200d04b4";
    private const string Chats = ".gemini/tmp/project/chats";
    private const string Log = $"{Chats}/session-2026-11-23T17-51-cdb140b6.jsonl";

    private readonly TestDatabase _database = new();
    private LogHome _home = null!;

    [SetUp]
    public void SetUp() => _home = new LogHome(_database, "gemini-cli");

    [TearDown]
    public void TearDown() => _database.Dispose();

    [Test]
    public void Cached_input_and_thoughts_become_disjoint_parts()
    {
        _home.Write(Log, Header(Session), Message("a", """{"input":1000,"output":10,"cached":900,"thoughts":4,"tool":7,"total":1021}"""));

        _home.Import();

        var row = _database.Query("SELECT * FROM usage").Single();
        Assert.That((row["input_tokens"], row["cache_read_tokens"], row["output_tokens"], row["reasoning_tokens"]), Is.EqualTo((107L, 900L, 14L, 4L)));
        Assert.That((row["usage_key"], row["provider"], row["request_model"], row["session_id"], row["quality"]), Is.EqualTo(("gemini-cli:a", "gemini", "gemini-2.5-flash", Session, 2L)));
    }

    [Test]
    public void Counts_that_nobody_knows_are_told_whatever_their_name()
    {
        _home.Write(Log, Header(Session), Message("a", """{"input":1000,"output":10,"audio":5,"note":"x"}"""));
        _home.WriteText($"{Chats}/session-2025-11-23T17-51-cdb140b6.json", $$"""{"sessionId":"s","messages":[{{Message("b", """{"input":1000,"output":10,"cacheWrite":77}""")}}]}""");

        _home.Import();

        Assert.That(_database.Query("SELECT drift FROM import_cursor ORDER BY drift").Select(row => row["drift"]), Is.EqualTo(new[] { "tokens.audio", "tokens.cacheWrite" }));
    }

    [Test]
    public void Message_that_is_written_again_with_its_tools_is_one_call()
    {
        _home.Write(Log, Header(Session), Message("a", Tokens(1)));
        _home.Import();
        _home.Append(Log, Message("a", Tokens(1), """,{"id":"read_file__call_1","name":"read_file"},{"id":"shell-1795456-abc","name":"shell"},{"id":"a__b__call_2","name":"a__b"}"""));

        _home.Import();

        Assert.That(_database.Scalar<long>("SELECT sum(output_tokens) FROM usage"), Is.EqualTo(10));
        Assert.That(_database.Query("SELECT tool_use_id || ' ' || name AS tool FROM tool_call ORDER BY 1").Select(row => row["tool"]), Is.EqualTo(new[] { "call_1 read_file", "call_2 a__b" }),
            "the upstream's ids; one of the client's own is none");
    }

    [Test]
    public void History_that_is_repeated_on_resume_without_its_counts_erases_none()
    {
        _home.Write(Log, Header(Session), Message("a", Tokens(1)));
        _home.Import();
        var rows = _database.Rows();
        _home.Append(Log, Header(Session), $$$"""{"$set":{"messages":[{"id":"a","timestamp":"2026-11-23T19:00:00.000Z","type":"gemini","content":"the word \"tokens\""}]}}""",
            """{"id":"a","timestamp":"2026-11-23T19:00:00.000Z","type":"gemini","content":"x"}""", """{"id":"a","timestamp":"2026-11-23T19:00:00.000Z","type":"gemini","tokens":null}""");

        var second = _home.Import();

        Assert.That((second.Records, second.MalformedLines), Is.EqualTo((0L, 0L)));
        Assert.That(_database.Rows(), Is.EqualTo(rows));
    }

    [Test]
    public void Sub_agent_in_the_folder_of_its_session_is_its_agent()
    {
        _home.Write($"{Chats}/{Session}/{Agent}.jsonl", Header(Agent, ",\"kind\":\"subagent\",\"directories\":[\"/home/dev/project\"]"), Message("a", Tokens(1)));

        _home.Import();

        var row = _database.Query("SELECT session_id, agent_id, project FROM usage").Single();
        Assert.That((row["session_id"], row["agent_id"], row["project"]), Is.EqualTo((Session, Agent, "/home/dev/project")));
    }

    [Test]
    public void Project_is_the_one_that_the_folders_file_names()
    {
        _home.Write(".gemini/tmp/project/.project_root", "/home/dev/elsewhere");
        _home.Write(Log, Header(Session), Message("a", Tokens(1)));

        _home.Import();

        Assert.That(_database.Scalar<string>("SELECT project FROM usage"), Is.EqualTo("/home/dev/elsewhere"));
    }

    [Test]
    public void Document_of_an_older_version_is_read_and_read_again_when_it_has_grown()
    {
        const string document = $"{Chats}/session-2025-12-01T10-00-cdb140b6.json";
        _home.Write(document, Document(Message("a", Tokens(1))));
        _home.Write(".gemini/tmp/project/logs.json", """[{"sessionId":"x","messageId":0,"type":"user","message":"hi"}]""");
        var first = _home.Import();
        _home.Write(document, Document(Message("a", Tokens(1), """,{"id":"call_1","name":"shell"},{"id":"call_of_the_lost_answer","name":"shell"}"""), """{"id":"u","type":"user","timestamp":"2026-11-23T17:51:00.000Z","content":"x"}""", Message("b", Tokens(2))));

        var second = _home.Import();

        Assert.That((first.Files, first.RowsAdded, second.RowsAdded), Is.EqualTo((1, 1L, 1L)));
        Assert.That(_database.Query("SELECT usage_key || ' ' || output_tokens || ' ' || session_id || ' ' || quality AS call FROM usage ORDER BY 1").Select(row => row["call"]),
            Is.EqualTo(new[] { $"gemini-cli:a 10 {Session} 2", $"gemini-cli:b 20 {Session} 2" }));
        Assert.That(_database.Scalar<long>("SELECT count(*) FROM tool_call"), Is.Zero, "some belong to answers that were merged into it");
    }

    [Test]
    public void Document_that_is_half_written_loses_nothing()
    {
        const string document = $"{Chats}/session-2025-12-01T10-00-cdb140b6.json";
        var whole = Document(Message("a", Tokens(1)), Message("b", Tokens(2)));
        _home.Write(document, whole[..(whole.Length / 2)]);
        var first = _home.Import();
        _home.Write(document, whole);

        var second = _home.Import();

        Assert.That((first.RowsAdded, first.MalformedLines, second.RowsAdded, second.MalformedLines), Is.EqualTo((0L, 1L, 2L, 0L)));
    }

    [Test]
    public void Message_that_lacks_what_a_row_needs_is_named()
    {
        _home.Write(Log, Header(Session), Message("a", Tokens(1)).Replace("\"timestamp\"", "\"time\""), Message("b", Tokens(1)).Replace("\"id\"", "\"no\""), Message("c", Tokens(0)), Message("d", Tokens(1)));

        var report = _home.Import();

        Assert.That(report.Trouble.Select(trouble => (trouble.Line, trouble.Reason)), Is.EqualTo(new (long?, string)[] { (2, "has no valid timestamp"), (3, "has no id") }));
        Assert.That(_database.Scalar<string>("SELECT group_concat(usage_key) FROM usage"), Is.EqualTo("gemini-cli:d"));
    }

    [Test]
    public void Message_of_a_document_that_lacks_what_a_row_needs_hides_no_other()
    {
        const string document = $"{Chats}/session-2025-12-01T10-00-cdb140b6.json";
        _home.Write(document, Document(Message("a", Tokens(1)), Message("b", Tokens(1)).Replace("\"timestamp\"", "\"time\""), Message("c", Tokens(1)).Replace("\"id\"", "\"no\""), Message("d", Tokens(1))));

        var report = _home.Import();

        Assert.That(_database.Scalar<string>("SELECT group_concat(usage_key) FROM usage"), Is.EqualTo("gemini-cli:a,gemini-cli:d"));
        Assert.That((report.Records, report.Trouble.Single().Reason), Is.EqualTo((2L, "holds a message without an id or a valid time; the others are read")));
    }

    [TestCase("\"hello\"")]
    [TestCase("""{"id":"b","timestamp":"2026-11-23T17:51:16.039Z","type":"gemini","tokens":"x"}""")]
    [TestCase("[1]")]
    public void Message_of_a_document_that_is_of_another_form_hides_no_other(string odd)
    {
        _home.Write($"{Chats}/session-2025-12-01T10-00-cdb140b6.json", Document(Message("a", Tokens(1)), odd, "null", Message("d", Tokens(1))));

        var report = _home.Import();

        Assert.That(_database.Scalar<string>("SELECT group_concat(usage_key) FROM usage"), Is.EqualTo("gemini-cli:a,gemini-cli:d"));
        Assert.That((report.Records, report.Trouble.Single().Reason), Is.EqualTo((2L, "holds a message of another form than is known; the others are read")));
    }

    [TestCase("{}")]
    [TestCase("\"x\"")]
    [TestCase("[1,null,{\"id\":{}}]")]
    public void Tools_and_directories_of_another_kind_lose_no_counts(string other)
    {
        var odd = Message("b", Tokens(1)).Replace("\"toolCalls\":[]", $"\"toolCalls\":{other}");
        _home.Write($"{Chats}/session-2025-12-01T10-00-cdb140b6.json", Document(Message("a", Tokens(1)), odd));
        _home.Write(Log, Header(Session, $",\"directories\":{other}"), Message("c", Tokens(1)).Replace("\"toolCalls\":[]", $"\"toolCalls\":{other}"));

        var report = _home.Import();

        Assert.That((report.Records, report.Trouble.Count), Is.EqualTo((3L, 0)));
        Assert.That(_database.Query("SELECT usage_key, session_id FROM usage ORDER BY 1").Select(row => string.Join(' ', row.Values)), Is.EqualTo(new[] { $"gemini-cli:a {Session}", $"gemini-cli:b {Session}", $"gemini-cli:c {Session}" }));
    }

    [Test]
    public void Model_without_a_name_is_unknown()
    {
        _home.Write(Log, Header(Session), Message("a", Tokens(1)).Replace("gemini-2.5-flash", ""));

        _home.Import();

        Assert.That(_database.Query("SELECT request_model FROM usage").Single()["request_model"], Is.Null);
    }

    private static string Header(string sessionId, string more = ",\"kind\":\"main\"") =>
        $$"""{"sessionId":"{{sessionId}}","projectHash":"1afb","startTime":"2026-11-23T17:51:15.912Z","lastUpdated":"2026-11-23T17:51:15.912Z"{{more}}}""";

    private static string Message(string id, string tokens, string toolCalls = "") =>
        $$"""{"id":"{{id}}","timestamp":"2026-11-23T17:51:16.039Z","type":"gemini","content":"x","thoughts":[],"tokens":{{tokens}},"model":"gemini-2.5-flash","toolCalls":[{{toolCalls.TrimStart(',')}}]}""";

    private static string Tokens(int times) => $$"""{"input":{{times * 1000}},"output":{{times * 6}},"cached":{{times * 900}},"thoughts":{{times * 4}},"tool":0,"total":{{times * 1010}}}""";

    private static string Document(params string[] messages) =>
        $$"""{"sessionId":"{{Session}}","projectHash":"1afb","startTime":"2026-11-23T17:51:15.912Z","lastUpdated":"2026-11-23T17:51:15.912Z","messages":[{{string.Join(',', messages)}}]}""";
}
