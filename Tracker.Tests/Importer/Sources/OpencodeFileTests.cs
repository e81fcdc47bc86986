using Tracker.Tests.Support;

namespace Tracker.Tests.Importer.Sources;

/// <summary>The files of opencode 1.1, in which the output includes the reasoning.</summary>
public sealed class OpencodeFileTests
{
    private const string Session = "ses_df67cb1f0ffe7xPTH97NIHe8Qy";
    private const string Id = "msg_2098354d5001iRLUQPawAYGTvY";
    private const string Tokens = """{"input":1002,"output":322,"reasoning":44,"cache":{"read":20014,"write":7}}""";
    private readonly TestDatabase _database = new();
    private LogHome _home = null!;

    [SetUp]
    public void SetUp() => _home = new LogHome(_database, "opencode");

    [TearDown]
    public void TearDown() => _database.Dispose();

    [Test]
    public void Message_is_one_call_and_its_output_includes_the_reasoning()
    {
        Write(Id, Tokens);

        var report = _home.Import();

        var row = _database.Query("SELECT * FROM usage").Single();
        Assert.That((report.Files, report.Records), Is.EqualTo((1, 1L)));
        Assert.That(
            (row["usage_key"], row["input_tokens"], row["output_tokens"], row["reasoning_tokens"], row["cache_read_tokens"], row["cache_creation_5m_tokens"], row["quality"]),
            Is.EqualTo(("opencode:" + Id, 1002L, 322L, 44L, 20014L, 7L, 2L)));
        Assert.That((row["session_id"], row["agent_id"], row["project"], row["request_model"], row["provider"]), Is.EqualTo((Session, (object?)null, "/home/dev/project", "gpt-5", "openai")));
    }

    [Test]
    public void Session_that_another_one_started_is_its_sub_agent()
    {
        _home.WriteText($".local/share/opencode/storage/session/project-1/{Session}.json", $$"""{"id":"{{Session}}","parentID":"ses_parent","directory":"/home/dev/project"}""");
        Write(Id, Tokens);

        _home.Import();

        Assert.That(_database.Query("SELECT session_id, agent_id, parent_agent_id FROM usage").Single().Values, Is.EqualTo(new[] { Session, Session, "ses_parent" }));
    }

    [Test]
    public void Reasoning_of_0_is_unknown_because_Anthropics_was_never_written()
    {
        Write(Id, Tokens.Replace("44", "0", StringComparison.Ordinal));

        _home.Import();

        Assert.That(_database.Query("SELECT output_tokens, reasoning_tokens FROM usage").Single().Values, Is.EqualTo(new object?[] { 322L, null }));
    }

    [Test]
    public void Message_is_written_anew_until_it_has_its_tokens()
    {
        Write(Id, """{"input":0,"output":0,"reasoning":0,"cache":{"read":0,"write":0}}""");
        var first = _home.Import();
        Write(Id, Tokens);
        var second = _home.Import();
        Write(Id, Tokens);

        Assert.That((first.Records, second.RowsAdded, _home.Import().RowsAdded), Is.EqualTo((0L, 1L, 0L)));
    }

    [Test]
    public void Copies_that_a_fork_makes_are_not_counted()
    {
        Write(Id, Tokens);
        Write("msg_20a098354001iRLUQPawAYGTvY", Tokens);

        Assert.That(_home.Import().RowsAdded, Is.EqualTo(1));
    }

    [Test]
    public void Half_a_file_is_told_and_read_when_it_is_whole()
    {
        var path = Write(Id, Tokens);
        var whole = File.ReadAllText(path);
        File.WriteAllText(path, whole[..100]);
        Assert.That(_home.Import().Trouble.Single().Reason, Does.StartWith("is not valid JSON"));
        File.WriteAllText(path, whole);

        var report = _home.Import();

        Assert.That((report.RowsAdded, report.Trouble.Count), Is.EqualTo((1L, 0)));
    }

    [TestCase("[]")]
    [TestCase("\"text\"")]
    [TestCase("{\"role\":\"user\"}")]
    [TestCase("{\"role\":\"assistant\",\"tokens\":[1]}")]
    [TestCase("{\"role\":\"assistant\",\"tokens\":{\"input\":\"5\",\"output\":-1,\"cache\":7}}")]
    public void Other_documents_are_no_calls(string text)
    {
        _home.WriteText($".local/share/opencode/storage/message/{Session}/msg_x.json", text);

        var report = _home.Import();

        Assert.That((report.Records, report.Trouble.Count), Is.EqualTo((0L, 0)));
    }

    [Test]
    public void Message_without_a_time_is_told()
    {
        _home.WriteText($".local/share/opencode/storage/message/{Session}/msg_x.json", $$"""{"id":"x","role":"assistant","tokens":{{Tokens}}}""");

        Assert.That(_home.Import().Trouble.Single().Reason, Is.EqualTo("has no id or no valid time"));
    }

    [Test]
    public void Call_that_the_database_has_as_well_is_one_row()
    {
        _home.With("opencode", "1.18.33", "home");
        Write(Id, """{"total":21338,"input":1002,"output":278,"reasoning":44,"cache":{"write":0,"read":20014}}""");

        Assert.That(_home.Import().RowsAdded, Is.EqualTo(17));
    }

    private string Write(string id, string tokens) => _home.WriteText(
        $".local/share/opencode/storage/message/{Session}/{id}.json",
        $$$"""{"id":"{{{id}}}","sessionID":"{{{Session}}}","role":"assistant","time":{"created":1795455931605,"completed":1795455933006},"modelID":"gpt-5","providerID":"openai","mode":"build","path":{"cwd":"/home/dev/project","root":"/home/dev/project"},"cost":0,"tokens":{{{tokens}}},"finish":"stop"}""");
}
