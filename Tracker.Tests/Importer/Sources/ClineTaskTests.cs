using Tracker.Tests.Support;

namespace Tracker.Tests.Importer.Sources;

/// <summary>The task files of Cline 2, of its extension and of its relatives. The numbers are those of a run of Cline 2.14.0 against a ledger (November 2026).</summary>
public sealed class ClineTaskTests
{
    private const string Tasks = ".cline/data/tasks/1795456092443";
    private readonly TestDatabase _database = new();

    [TearDown]
    public void TearDown() => _database.Dispose();

    [Test]
    public void With_Anthropic_the_input_leaves_the_cache_out_and_the_output_is_too_high()
    {
        var home = Home("cline");
        home.WriteText($"{Tasks}/ui_messages.json", Ui(Request(1, """{"request":"x","tokensIn":1004,"tokensOut":349,"cacheWrites":3532,"cacheReads":20028,"cost":0.0275004}""", "anthropic", "claude-sonnet-4-5")));

        home.Import();

        var row = _database.Query("SELECT * FROM usage").Single();
        Assert.That(
            (row["input_tokens"], row["cache_read_tokens"], row["cache_creation_5m_tokens"], row["output_tokens"], row["quality"], row["provider"], row["client_cost_nano_usd"]),
            Is.EqualTo((1004L, 20028L, 3532L, 349L, 0L, "anthropic", 27_500_400L)));
        Assert.That((row["usage_key"], row["session_id"], row["request_model"]), Is.EqualTo(("cline:1795456092443:1795456093001", "1795456092443", "claude-sonnet-4-5")));
    }

    [Test]
    public void With_OpenAI_the_input_includes_the_cache_and_is_exact()
    {
        var home = Home("cline");
        home.WriteText($"{Tasks}/ui_messages.json", Ui(Request(1, """{"tokensIn":21008,"tokensOut":311,"cacheWrites":0,"cacheReads":20007,"cost":0}""", "openai", "gpt-4o")));

        home.Import();

        Assert.That(
            _database.Query("SELECT input_tokens, cache_read_tokens, output_tokens, quality, provider, client_cost_nano_usd FROM usage").Single().Values,
            Is.EqualTo(new object?[] { 1001L, 20007L, 311L, 2L, null, null }));
    }

    // As its adapters hand them on, by its source code.
    [TestCase("openrouter", 1001, 2)]
    [TestCase("openai-native", 1001, 2)]
    [TestCase("gemini", 1001, 1)]
    [TestCase("vertex", 1001, 0)]
    public void What_the_input_includes_depends_on_the_provider(string provider, long input, long quality)
    {
        var home = Home("cline");
        // More is fresh than cached, so the numbers alone would not tell.
        home.WriteText($"{Tasks}/ui_messages.json", Ui(Request(1, """{"tokensIn":1001,"tokensOut":311,"cacheWrites":0,"cacheReads":7}""", provider, "m")));

        home.Import();

        Assert.That(_database.Query("SELECT input_tokens, quality FROM usage").Single().Values, Is.EqualTo(new object[] { input, quality }));
    }

    [Test]
    public void Request_without_an_answer_is_no_call_until_it_has_one()
    {
        var home = Home("cline");
        home.WriteText($"{Tasks}/ui_messages.json", Ui(Request(1, """{"request":"x"}""", "openai", "gpt-4o"), Request(2, "Thinking…", "openai", "gpt-4o")));
        var first = home.Import();
        home.WriteText($"{Tasks}/ui_messages.json", Ui(Request(1, """{"request":"x","tokensIn":5,"tokensOut":6}""", "openai", "gpt-4o")));
        var second = home.Import();

        Assert.That((first.Records, first.Trouble.Count, second.RowsAdded), Is.EqualTo((0L, 0, 1L)));
    }

    [Test]
    public void Keys_stay_when_earlier_requests_are_taken_back_and_rows_stay_too()
    {
        var home = Home("cline");
        var requests = Enumerable.Range(1, 3).Select(number => Request(number, $$"""{"tokensIn":{{number}},"tokensOut":6}""", "openai", "gpt-4o")).ToArray();
        home.WriteText($"{Tasks}/ui_messages.json", Ui(requests));
        home.Import();
        home.WriteText($"{Tasks}/ui_messages.json", Ui(requests[0], requests[2], """{"ts":1795456094000,"type":"say","say":"deleted_api_reqs","text":"{\"tokensIn\":2,\"tokensOut\":6}"}"""));

        Assert.That(home.Import().RowsAdded, Is.Zero);
        Assert.That(_database.Scalar<long>("SELECT count(*) FROM usage"), Is.EqualTo(3));
    }

    [Test]
    public void Number_that_is_none_of_the_known_ones_raises_the_alarm_whatever_its_name()
    {
        var home = Home("cline");
        home.WriteText($"{Tasks}/ui_messages.json", Ui(Request(1, """{"tokensIn":1,"thoughts":5,"cost":0.1,"retryStatus":{"attempt":1}}""", "openai", "gpt-4o")));

        home.Import();

        Assert.That(_database.Scalar<string>("SELECT drift FROM import_cursor"), Is.EqualTo("request.thoughts"));
    }

    [Test]
    public void Broken_stream_is_incomplete()
    {
        var home = Home("cline");
        home.WriteText($"{Tasks}/ui_messages.json", Ui(Request(1, """{"tokensIn":5,"tokensOut":6,"cancelReason":"user_cancelled"}""", "openai", "gpt-4o")));

        home.Import();

        Assert.That(_database.Scalar<string>("SELECT outcome FROM usage"), Is.EqualTo("incomplete"));
    }

    [Test]
    public void Working_directory_is_taken_from_what_the_model_was_told()
    {
        var home = Home("cline");
        home.WriteText($"{Tasks}/ui_messages.json", Ui(Request(1, """{"tokensIn":5,"tokensOut":6}""", "openai", "gpt-4o")));
        home.WriteText($"{Tasks}/api_conversation_history.json", """[{"role":"user","content":[{"type":"text","text":"<environment_details>\n# Current Working Directory (/home/dev/pro\u00e9ject) Files\n"}]}]""");

        home.Import();

        Assert.That(_database.Scalar<string>("SELECT project FROM usage"), Is.EqualTo("/home/dev/proéject"));
    }

    [TestCase("(/home/dev/work (2026)/project) Files\\nNo files found.", "/home/dev/work (2026)/project")]
    [TestCase("(/home/dev/project)\\nand (more) Files", "/home/dev/project")]
    public void Working_directory_may_have_parentheses(string told, string project)
    {
        var home = Home("cline");
        home.WriteText($"{Tasks}/ui_messages.json", Ui(Request(1, """{"tokensIn":5,"tokensOut":6}""", "openai", "gpt-4o")));
        home.WriteText($"{Tasks}/api_conversation_history.json", $$"""[{"role":"user","content":[{"type":"text","text":"<environment_details>\n# Current Working Directory {{told}}\n"}]}]""");

        home.Import();

        Assert.That(_database.Scalar<string>("SELECT project FROM usage"), Is.EqualTo(project));
    }

    // Since autumn 2025 the relatives write all that went in; before, with Anthropic's API, only what was fresh.
    [TestCase("anthropic", 24564, 1004)]
    [TestCase("anthropic", 1004, 1004)]
    [TestCase("openai", 24564, 1004)]
    public void Relatives_say_which_API_was_spoken_and_the_numbers_what_the_input_includes(string protocol, long tokensIn, long input)
    {
        var home = Home("roo-code");
        const string Task = ".config/Code/User/globalStorage/rooveterinaryinc.roo-cline/tasks/0198f1de-5c52-7c3a-9d3a-0d7f2c6f5b11";
        home.WriteText($"{Task}/ui_messages.json", Ui(Request(1, $$"""{"apiProtocol":"{{protocol}}","tokensIn":{{tokensIn}},"tokensOut":349,"cacheWrites":3532,"cacheReads":20028,"cost":0.0275}""", null, null)));
        home.WriteText($"{Task}/api_conversation_history.json", """[{"content":"<model>claude-sonnet-4-5</model>\n# Current Workspace Directory (c:/dev/project) Files"},{"content":"<model>claude-sonnet-4-5</model>"}]""");

        home.Import();

        var row = _database.Query("SELECT * FROM usage").Single();
        Assert.That(
            (row["input_tokens"], row["cache_read_tokens"], row["cache_creation_5m_tokens"], row["quality"], row["client"], row["request_model"], row["project"]),
            Is.EqualTo((input, 20028L, 3532L, protocol == "anthropic" ? 0L : 2L, "roo-code", "claude-sonnet-4-5", "C:/dev/project")));
    }

    [Test]
    public void Model_of_a_task_that_used_two_is_unknown()
    {
        var home = Home("roo-code");
        const string Task = ".config/Code/User/globalStorage/rooveterinaryinc.roo-cline/tasks/t";
        home.WriteText($"{Task}/ui_messages.json", Ui(Request(1, """{"apiProtocol":"openai","tokensIn":5,"tokensOut":6}""", null, null)));
        home.WriteText($"{Task}/api_conversation_history.json", """[{"content":"<model>a</model>"},{"content":"<model>b</model>"}]""");

        home.Import();

        Assert.That(_database.Scalar<string?>("SELECT request_model FROM usage"), Is.Null);
    }

    [TestCase("cline", ".config/Code/User/globalStorage/saoudrizwan.claude-dev/tasks/t")]
    [TestCase("cline", "Library/Application Support/Cursor/User/globalStorage/saoudrizwan.claude-dev/tasks/t")]
    [TestCase("cline", "AppData/Roaming/Code - Insiders/User/globalStorage/saoudrizwan.claude-dev/tasks/t")]
    [TestCase("cline", ".vscode-server/data/User/globalStorage/saoudrizwan.claude-dev/tasks/t")]
    [TestCase("roo-code", ".config/VSCodium/User/globalStorage/rooveterinaryinc.roo-cline/tasks/t")]
    [TestCase("kilo-code", ".cursor-server/data/User/globalStorage/kilocode.kilo-code/tasks/t")]
    [TestCase("ibm-bob", ".config/Code/User/globalStorage/ibm.bob-code/tasks/t")]
    [TestCase("ibm-bob", ".config/IBM Bob/User/globalStorage/ibm.bob-code/tasks/t")]
    [TestCase("ibm-bob", "Library/Application Support/Bob-IDE/User/globalStorage/ibm.bob-code/tasks/t")]
    [TestCase("cline", ".var/app/com.visualstudio.code/config/Code/User/globalStorage/saoudrizwan.claude-dev/tasks/t")]
    [TestCase("cline", ".var/app/com.vscodium.codium/config/VSCodium/User/globalStorage/saoudrizwan.claude-dev/tasks/t")]
    [TestCase("cline", ".antigravity-server/data/User/globalStorage/saoudrizwan.claude-dev/tasks/t")]
    [TestCase("cline", ".antigravity-ide-server/data/User/globalStorage/saoudrizwan.claude-dev/tasks/t")]
    public void Tasks_are_found_in_every_editor_and_on_every_system(string client, string task)
    {
        var home = Home(client);
        home.WriteText($"{task}/ui_messages.json", Ui(Request(1, """{"tokensIn":5,"tokensOut":6}""", "openai", "gpt-4o")));
        home.WriteText($"{task}/checkpoints/.git/ui_messages.json", "no log");

        var report = home.Import();

        Assert.That((report.Files, report.RowsAdded), Is.EqualTo((1, 1L)));
        Assert.That(_database.Scalar<string>("SELECT usage_key FROM usage"), Is.EqualTo($"{client}:t:1795456093001"));
    }

    [Test]
    public void Request_that_Claude_Code_made_is_its_call()
    {
        var home = Home("cline");
        home.WriteText($"{Tasks}/ui_messages.json", Ui(Request(1, """{"tokensIn":1,"tokensOut":1001,"cacheWrites":30,"cacheReads":400}""", "claude-code", "claude-sonnet-4-5"), Request(2, """{"tokensIn":5,"tokensOut":6}""", "openai", "gpt-4o")));
        home.Import();
        var claude = new ClaudeHome(_database);
        claude.Write("a.jsonl", ClaudeHome.Line(1));
        claude.Import();

        Assert.That(_database.Query("SELECT client FROM usage ORDER BY 1").Select(row => row["client"]), Is.EqualTo(new[] { "claude-code", "cline" }));
    }

    [Test]
    public void Half_a_file_and_wrong_kinds_are_no_harm()
    {
        var home = Home("cline");
        home.WriteText($"{Tasks}/ui_messages.json", "[{\"say\":\"api_req_started\",");
        home.WriteText(".cline/data/tasks/2/ui_messages.json", """[null,7,{"say":7},{"say":"api_req_started","ts":"x","text":"{\"tokensIn\":5}"},{"say":"api_req_started","ts":1795456093001,"text":"[1]"},{"say":"api_req_started","ts":1795456093002,"text":"{\"tokensIn\":5,\"tokensOut\":\"6\"}"}]""");

        var report = home.Import();

        Assert.That(report.RowsAdded, Is.EqualTo(1));
        Assert.That(report.Trouble.Select(trouble => trouble.Reason), Has.One.EqualTo("holds a request without a valid time; the others are read").And.One.StartsWith("is not valid JSON"));
    }

    [Test]
    public void Name_that_is_no_valid_text_costs_no_counts()
    {
        var home = Home("cline");
        home.WriteText($"{Tasks}/ui_messages.json", Ui(Request(1, """{"tokensIn":5,"tokensOut":6,"\ud83d is half a pair":7}""", "openai", "gpt-4o")));

        var report = home.Import();

        Assert.That(report.Trouble, Is.Empty);
        Assert.That(_database.Query("SELECT input_tokens, output_tokens FROM usage").Single().Values, Is.EqualTo(new object[] { 5L, 6L }));
    }

    private LogHome Home(string client) => new(_database, client);

    private static string Ui(params IEnumerable<string> messages) => $"[{string.Join(',', messages)}]";

    private static string Request(int number, string text, string? provider, string? model)
    {
        var info = provider is null ? "" : $$""","modelInfo":{"providerId":"{{provider}}","modelId":"{{model}}","mode":"act"}""";
        return $$"""{"ts":{{1795456093000 + number}},"type":"say","say":"api_req_started","text":{{System.Text.Json.JsonSerializer.Serialize(text)}}{{info}}}""";
    }
}
