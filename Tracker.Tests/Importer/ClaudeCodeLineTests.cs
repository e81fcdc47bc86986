using System.Text;
using System.Text.Json;
using Tracker.Importer.Sources;
using Tracker.Importer.Sources.ClaudeCode;
using Tracker.Storage.Usage;
using Tracker.Tests.Support;

namespace Tracker.Tests.Importer;

public sealed class ClaudeCodeLineTests
{
    [Test]
    public void All_that_a_line_tells_is_read()
    {
        var record = Read("""
            {"parentUuid":"p","isSidechain":true,"agentId":"a1b2","message":{"model":"claude-opus-4-8","id":"msg_01ABCDEFGHIJKLMNOPQRST","type":"message","role":"assistant","content":[{"type":"tool_use","id":"toolu_1","name":"Bash","input":{"usage":{"output_tokens":99},"id":"x","deep":[[{}]]}},{"type":"server_tool_use","id":"srvtoolu_2","name":"web_search"},{"type":"text","text":"hi"}],"stop_reason":"tool_use","usage":{"input_tokens":1,"cache_creation_input_tokens":50,"cache_read_input_tokens":3,"output_tokens":4,"output_tokens_details":{"thinking_tokens":2},"cache_creation":{"ephemeral_5m_input_tokens":20,"ephemeral_1h_input_tokens":30},"server_tool_use":{"web_search_requests":5,"web_fetch_requests":0},"service_tier":"priority","speed":"fast","inference_geo":"us","iterations":[{"input_tokens":1000,"output_tokens":1000}]}},"requestId":"req_1","type":"assistant","uuid":"u","timestamp":"2026-11-23T17:35:10.025Z","cwd":"/home/dev/\u00e9","sessionId":"s"}
            """)!;

        Assert.That(record.Key.Value, Is.EqualTo("anthropic:msg_01ABCDEFGHIJKLMNOPQRST"));
        Assert.That((record.InputTokens, record.CacheReadTokens, record.CacheCreation5mTokens, record.CacheCreation1hTokens, record.OutputTokens, record.ReasoningTokens, record.WebSearchRequests),
            Is.EqualTo((1, 3, 20, 30, 4, 2, 5)));
        Assert.That((record.Evidence, record.Quality, record.Outcome, record.StopReason), Is.EqualTo((Evidence.Transcript, CountQuality.Exact, CallOutcome.Completed, "tool_use")));
        Assert.That((record.Provider, record.Client, record.ResponseModel, record.ServiceTier, record.Speed, record.InferenceGeo), Is.EqualTo(("anthropic", "claude-code", "claude-opus-4-8", "priority", "fast", "us")));
        Assert.That((record.RequestId, record.SessionId, record.AgentId, record.Project), Is.EqualTo(("req_1", "s", "a1b2", "/home/dev/é")));
        Assert.That(record.OccurredAt, Is.EqualTo(new DateTimeOffset(2026, 11, 23, 17, 35, 10, 25, TimeSpan.Zero)));
        Assert.That(record.ToolCalls, Is.EqualTo(new[] { new ToolCall("toolu_1", "Bash"), new ToolCall("srvtoolu_2", "web_search") }));
    }

    [TestCase("""{"type":"user","toolUseResult":{"usage":{"output_tokens":5}},"message":{"role":"user","content":"x"}}""")]
    [TestCase("""{"type":"progress","data":{"message":{"type":"assistant","message":{"id":"msg_01","usage":{"output_tokens":5}}}}}""")]
    [TestCase("""{"type":"assistant","message":{"id":"c3b1","model":"<synthetic>","usage":{"output_tokens":0}}}""")]
    [TestCase("""{"type":"assistant","isApiErrorMessage":true,"message":{"id":"c3b1","model":"x","usage":{"output_tokens":0}}}""")]
    [TestCase("""{"type":"assistant","message":{"id":"msg_01","model":"x","usage":null}}""")]
    [TestCase("""{"type":"assistant","message":"usage"}""")]
    [TestCase("""{"type":"assistant","message":{"content":"the word \"usage\""}}""")]
    [TestCase("""["usage"]""")]
    [TestCase("\"usage\"")]
    public void Lines_that_are_no_call_are_passed_over(string line) => Assert.That(Read(line), Is.Null);

    [TestCase("msg_bdrk_01ABCDEFGHIJKLMN", "claude-opus-4-8", "bedrock")]
    [TestCase("msg_vrtx_01ABCDEFGHIJKLMN", "claude-opus-4-8", "vertex")]
    [TestCase("msg_01ABCDEFGHIJKLMNOPQRST", "claude-opus-4-8", "anthropic")]
    [TestCase("msg_01ABCDEFGHIJKLMNOPQRST", "kimi-k2", null)]
    public void Provider_is_known_from_the_id_and_the_model_or_unknown(string id, string model, string? provider) =>
        Assert.That(Read(Line($$$"""{"id":"{{{id}}}","model":"{{{model}}}","usage":{}}"""))!.Provider, Is.EqualTo(provider));

    [TestCase("\"chatcmpl-7\"", "\"req_1\"", "claude-code:chatcmpl-7:req_1")]
    [TestCase("\"chatcmpl-7\"", "null", "claude-code:chatcmpl-7:s")]
    [TestCase("\"chatcmpl-7\"", "\"\"", "claude-code:chatcmpl-7:s")]
    [TestCase("null", "\"req_1\"", "claude-code:u")]
    [TestCase("\"\"", "\"req_1\"", "claude-code:u")]
    [TestCase("\"\"", "null", "claude-code:u")]
    [TestCase("\"chatcmpl-0123456789abcdef\"", "null", "anthropic:chatcmpl-0123456789abcdef")]
    public void Ids_that_are_not_unique_are_made_so(string id, string requestId, string key) =>
        Assert.That(Read(Line($$$"""{"id":{{{id}}},"model":"m","usage":{}}""", requestId))!.Key.Value, Is.EqualTo(key));

    [Test]
    public void Lines_of_an_answer_with_an_empty_id_are_one_call_and_the_next_answer_is_another([Values("", " ")] string space, [Values("\"\"", "null")] string id)
    {
        var reader = new ClaudeCodeReader("claude-code", new SchemaDrift());

        Assert.That(
            new[] { Block("a", "user1"), Block("b", "a"), Block("c", "b"), Block("d", "user2"), Block("e", "d") }.Select(line => reader.Read(line).Record!.Key.Value),
            Is.EqualTo(new[] { "claude-code:a", "claude-code:a", "claude-code:a", "claude-code:d", "claude-code:d" }));

        // What begins with a space is not as Claude Code writes it, and read by the other of the two readers.
        byte[] Block(string uuid, string parent) => Encoding.UTF8.GetBytes(
            $$$$"""{{{{space}}}}{"parentUuid":"{{{{parent}}}}","type":"assistant","timestamp":"2026-11-23T17:35:10.025Z","sessionId":"s","uuid":"{{{{uuid}}}}","message":{"id":{{{{id}}}},"model":"m","usage":{"output_tokens":5}}}""");
    }

    [TestCase("""{"cache_creation_input_tokens":50,"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0}}""", 50, 0)]
    [TestCase("""{"cache_creation_input_tokens":50}""", 50, 0)]
    [TestCase("""{"cache_creation_input_tokens":50,"cache_creation":{"ephemeral_1h_input_tokens":20}}""", 30, 20)]
    [TestCase("""{"cache_creation_input_tokens":null,"cache_creation":null}""", 0, 0)]
    public void What_the_split_of_cache_creation_does_not_cover_counts_as_5_minutes(string usage, long fiveMinutes, long oneHour)
    {
        var record = Read(Line($$$"""{"id":"msg_01ABCDEFGHIJKLMNOPQRST","usage":{{{usage}}}}"""))!;

        Assert.That((record.CacheCreation5mTokens, record.CacheCreation1hTokens), Is.EqualTo((fiveMinutes, oneHour)));
    }

    [Test]
    public void Compaction_is_a_row_of_its_own_and_the_call_keeps_the_counts_that_leave_it_out()
    {
        // The example of the documentation (platform.claude.com/docs/en/build-with-claude/compaction, seen 2026-11).
        var read = ReadWhole(Line("""{"id":"msg_01ABCDEFGHIJKLMNOPQRST","model":"claude-opus-4-8","usage":{"input_tokens":23000,"output_tokens":1000,"service_tier":"batch","speed":"fast","iterations":[{"type":"compaction","input_tokens":180000,"output_tokens":3500},{"type":"message","input_tokens":23000,"output_tokens":1000}]}}"""));

        var (call, compaction) = (read.Record!, read.Within!.Single());
        Assert.That((call.InputTokens, call.OutputTokens, call.CacheReadTokens, call.CacheCreation5mTokens, call.CacheCreation1hTokens), Is.EqualTo((23_000, 1000, 0, 0, 0)));
        Assert.That((compaction.Key.Value, compaction.ResponseModel), Is.EqualTo(("anthropic:msg_01ABCDEFGHIJKLMNOPQRST#compaction1", "claude-opus-4-8")));
        Assert.That((compaction.InputTokens, compaction.OutputTokens, compaction.ServiceTier, compaction.Speed), Is.EqualTo((180_000, 3500, "batch", "fast")));
    }

    [Test]
    public void All_counts_of_every_compaction_are_its_own_and_its_cache_creation_by_lifetime()
    {
        var read = ReadWhole(Line("""
            {"id":"msg_01ABCDEFGHIJKLMNOPQRST","usage":{"iterations":[
            {"input_tokens":100,"output_tokens":200,"cache_read_input_tokens":300,"cache_creation_input_tokens":3000,"cache_creation":{"ephemeral_1h_input_tokens":2000,"ephemeral_5m_input_tokens":1000},"type":"compaction"},
            {"type":"compaction","input_tokens":5000,"output_tokens":6000,"cache_read_input_tokens":7000,"cache_creation_input_tokens":8000,"server_tool_use":{"web_search_requests":9}}],
            "input_tokens":1,"output_tokens":2,"cache_read_input_tokens":3,"cache_creation_input_tokens":30,"cache_creation":{"ephemeral_5m_input_tokens":10,"ephemeral_1h_input_tokens":20},"server_tool_use":{"web_search_requests":4}}}
            """));

        Assert.That(read.Within!.Prepend(read.Record!).Select(row => (row.InputTokens, row.OutputTokens, row.CacheReadTokens, row.CacheCreation5mTokens, row.CacheCreation1hTokens, row.WebSearchRequests)),
            Is.EqualTo(new (long?, long?, long?, long?, long?, long?)[] { (1, 2, 3, 10, 20, 4), (100, 200, 300, 1000, 2000, null), (5000, 6000, 7000, 8000, 0, null) }));
    }

    [Test]
    public void Advice_of_another_model_is_a_row_of_its_own_and_each_kind_has_its_numbers()
    {
        var reader = new ClaudeCodeReader("claude-code", new SchemaDrift());
        var read = reader.Read(Encoding.UTF8.GetBytes(Line("""
            {"id":"msg_01ABCDEFGHIJKLMNOPQRST","model":"claude-sonnet-4-5","stop_reason":"end_turn","content":[{"type":"server_tool_use","id":"srvtoolu_1","name":"advisor"}],"usage":{"input_tokens":2,"output_tokens":491,"service_tier":"priority","speed":"fast","inference_geo":"us","iterations":[
            {"type":"message","input_tokens":1},{"type":"advisor_message","model":"claude-opus-4-8","input_tokens":159419,"output_tokens":7805,"cache_read_input_tokens":3,"cache_creation_input_tokens":50},{"type":"compaction","output_tokens":4},{"type":"advisor_message","model":"claude-haiku-4-5","output_tokens":9}]}}
            """)));
        var after = reader.Read(Encoding.UTF8.GetBytes(Line("""{"id":"msg_01ZBCDEFGHIJKLMNOPQRST","usage":{"input_tokens":7}}""")));

        var (call, advice) = (read.Record!, read.Within![0]);
        Assert.That((call.InputTokens, call.OutputTokens, call.ToolCalls.Count), Is.EqualTo((2, 491, 1)));
        Assert.That(read.Within.Select(record => (record.Key.Value, record.ResponseModel, record.OutputTokens)), Is.EqualTo(new[]
        {
            ("anthropic:msg_01ABCDEFGHIJKLMNOPQRST#advisor1", "claude-opus-4-8", (long?)7805),
            ("anthropic:msg_01ABCDEFGHIJKLMNOPQRST#compaction1", "claude-sonnet-4-5", 4),
            ("anthropic:msg_01ABCDEFGHIJKLMNOPQRST#advisor2", "claude-haiku-4-5", 9),
        }));
        Assert.That((advice.InputTokens, advice.CacheReadTokens, advice.CacheCreation5mTokens, advice.CacheCreation1hTokens), Is.EqualTo((159_419, 3, 50, 0)));
        Assert.That((advice.Evidence, advice.Quality, advice.Outcome, advice.OccurredAt), Is.EqualTo((call.Evidence, call.Quality, call.Outcome, call.OccurredAt)));
        Assert.That((advice.Provider, advice.Client, advice.SessionId, advice.RequestId, advice.InferenceGeo), Is.EqualTo(("anthropic", "claude-code", "s", "req_1", "us")));
        Assert.That((advice.StopReason, advice.ServiceTier, advice.Speed, advice.ToolCalls.Count), Is.EqualTo(((string?)null, (string?)null, (string?)null, 0)));
        Assert.That((after.Record!.InputTokens, after.Within), Is.EqualTo((7, (IReadOnlyList<UsageRecord>?)null)), "of the line before nothing is left");
    }

    [Test]
    public void Model_that_stepped_in_is_told_by_the_last_line_and_wins_over_those_before()
    {
        var early = Read(Line("""{"id":"msg_01ABCDEFGHIJKLMNOPQRST","model":"claude-fable-5","usage":{"input_tokens":10,"output_tokens":1,"cache_read_input_tokens":50000}}"""))!;
        var last = Read(Line("""{"id":"msg_01ABCDEFGHIJKLMNOPQRST","model":"claude-opus-4-8","stop_reason":"end_turn","usage":{"input_tokens":12,"output_tokens":264,"cache_read_input_tokens":0,"cache_creation_input_tokens":52000,"iterations":[{"type":"message","model":"claude-fable-5","input_tokens":10,"output_tokens":31,"cache_read_input_tokens":50000},{"type":"fallback_message","model":"claude-opus-4-8","input_tokens":12,"output_tokens":264,"cache_creation_input_tokens":52000,"cache_creation":{"ephemeral_1h_input_tokens":52000}}]}}"""))!;

        var merged = UsageMerge.Of(early, last);

        Assert.That((early.ModelSteppedIn, last.ModelSteppedIn), Is.EqualTo(((bool?)null, true)));
        Assert.That((merged.ResponseModel, merged.InputTokens, merged.OutputTokens, merged.CacheReadTokens, merged.CacheCreation5mTokens, merged.CacheCreation1hTokens), Is.EqualTo(("claude-opus-4-8", 12, 264, 0, 0, 52_000)));
    }

    [TestCase("")]
    [TestCase(" ")] // Another reader's line.
    public void What_several_runs_wrote_to_the_cache_has_the_lifetimes_that_the_list_tells(string space)
    {
        var record = Read(space + Line("""{"id":"msg_01ABCDEFGHIJKLMNOPQRST","usage":{"cache_creation_input_tokens":12000,"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":3000},"iterations":[{"type":"message","cache_creation_input_tokens":3000,"cache_creation":{"ephemeral_1h_input_tokens":3000}},{"type":"message","cache_creation_input_tokens":9000,"cache_creation":{"ephemeral_1h_input_tokens":9000}}]}}"""))!;

        Assert.That((record.CacheCreation5mTokens, record.CacheCreation1hTokens), Is.EqualTo((0, 12_000)));
    }

    [TestCase("""[{"type":"message","input_tokens":100,"output_tokens":200}]""", null)]
    [TestCase("""[{"type":"message","input_tokens":100},{"type":"fallback_message","input_tokens":5,"output_tokens":6}]""", null)]
    [TestCase("""[{"type":"of_a_kind_to_come","input_tokens":100}]""", "iterations.of_a_kind_to_come")]
    [TestCase("""[{"type":"what a user wrote","input_tokens":100}]""", null)]
    [TestCase("""[{"input_tokens":100},7,"compaction",null,[{"type":"compaction","input_tokens":100}]]""", "iterations.unnamed")]
    [TestCase("""[{"type":"compaction","input_tokens":100}],"iterations":[]""", null)]
    [TestCase("""{"type":"compaction","input_tokens":100}""", null)]
    [TestCase("[]", null)]
    [TestCase("null", null)]
    public void Iterations_that_are_in_the_counts_or_not_understood_change_nothing_and_an_unknown_kind_raises_the_alarm(string iterations, string? alarm)
    {
        var drift = new SchemaDrift();
        var read = new ClaudeCodeReader("claude-code", drift).Read(Encoding.UTF8.GetBytes(Line($$$"""{"id":"msg_01ABCDEFGHIJKLMNOPQRST","usage":{"input_tokens":5,"output_tokens":6,"iterations":{{{iterations}}}}}""")));

        Assert.That((read.Record!.InputTokens, read.Record.OutputTokens, read.Record.CacheReadTokens, read.Within), Is.EqualTo((5, 6, 0, (IReadOnlyList<UsageRecord>?)null)));
        Assert.That(drift.ToText(), Is.EqualTo(alarm));
    }

    [Test]
    public void Counts_of_a_run_that_are_no_counts_are_unknown()
    {
        var read = ReadWhole(Line("""{"id":"msg_01ABCDEFGHIJKLMNOPQRST","usage":{"input_tokens":5,"iterations":[{"type":"compaction","input_tokens":-1,"output_tokens":1e9,"cache_read_input_tokens":"7","deep":{"input_tokens":9}}]}}"""));

        var compaction = read.Within!.Single();
        Assert.That((read.Record!.InputTokens, compaction.InputTokens, compaction.OutputTokens, compaction.CacheReadTokens), Is.EqualTo(((long?)5, (long?)null, (long?)null, (long?)null)));
    }

    [Test]
    public void Counts_that_are_no_counts_are_unknown()
    {
        var record = Read(Line("""{"id":"msg_01ABCDEFGHIJKLMNOPQRST","usage":{"input_tokens":-5,"output_tokens":"7","cache_read_input_tokens":1e99,"cache_creation_input_tokens":10000000001,"service_tier":{"a":[1]}}}"""))!;

        Assert.That((record.InputTokens, record.OutputTokens, record.CacheReadTokens, record.CacheCreation5mTokens, record.ServiceTier), Is.EqualTo(((long?)null, (long?)null, 0L, 0L, (string?)null)));
    }

    [Test]
    public void Half_of_a_surrogate_pair_and_bytes_that_are_not_UTF_8_do_no_harm()
    {
        var halfPair = Encoding.UTF8.GetBytes(Line("""{"id":"msg_01ABCDEFGHIJKLMNOPQRST","model":"\ud83d","usage":{}}"""));
        var notUtf8 = Encoding.Latin1.GetBytes(Line("""{"id":"msg_01ABCDEFGHIJKLMNOPQRST","model":"é","usage":{}}"""));

        Assert.That(Read(halfPair)!.ResponseModel, Is.EqualTo("\\ud83d"));
        Assert.That(Read(notUtf8)!.ResponseModel, Is.EqualTo("\uFFFD"));
    }

    [Test]
    public void Line_that_was_cut_anywhere_is_not_JSON()
    {
        var line = Encoding.UTF8.GetBytes(ClaudeHome.Line(1));
        for (var length = 0; length < line.Length; length++)
        {
            Assert.That(() => Read(line[..length]), Throws.InstanceOf<JsonException>(), length.ToString());
        }

        Assert.That(() => Read((byte[])[.. line, .. line]), Throws.InstanceOf<JsonException>(), "two lines glued together");
    }

    [Test]
    public void Nesting_of_hundreds_of_levels_is_read()
    {
        var deep = string.Concat(Enumerable.Repeat("[", 400)) + string.Concat(Enumerable.Repeat("]", 400));
        Assert.That(Read(Line($$$"""{"id":"msg_01ABCDEFGHIJKLMNOPQRST","content":[{"type":"tool_use","input":{{{deep}}}}],"usage":{"output_tokens":3}}"""))!.OutputTokens, Is.EqualTo(3));
    }

    [TestCase("\"isSidechain\":true", "sidechain")]
    [TestCase("\"isSidechain\": true", "sidechain")]
    [TestCase("\"isSidechain\":true,\"agentId\":\"a1b2\"", "a1b2")]
    [TestCase("\"isSidechain\":false", null)]
    [TestCase("\"isSidechain\":\"true\"", null)]
    public void Sub_agents_line_that_does_not_name_it_is_a_sub_agents_all_the_same(string fields, string? agentId)
    {
        var line = Line("""{"id":"msg_01ABCDEFGHIJKLMNOPQRST","usage":{"output_tokens":3}}""");

        Assert.That(Read("{" + fields + "," + line[1..])!.AgentId, Is.EqualTo(agentId));
    }

    // With a space the line is none that the client writes, and the general reader's.
    [TestCase("")]
    [TestCase(" ")]
    public void Counts_that_nobody_knows_are_told_in_whatever_object_they_are(string space)
    {
        var drift = new SchemaDrift();
        var usage = """{"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0,"ephemeral_24h_input_tokens":777},"server_tool_use":{"web_search_requests":0,"web_fetch_requests":1,"code_execution_tokens":5},"output_tokens_details":{"thinking_tokens":3,"draft":9,"note":"x"},"mystery_tokens":4}""";

        new ClaudeCodeReader("claude-code", drift).Read(Encoding.UTF8.GetBytes(space + Line($$"""{"id":"msg_01ABCDEFGHIJKLMNOPQRST","usage":{{usage}}}""")));

        Assert.That(drift.ToText(), Is.EqualTo("cache_creation.ephemeral_24h_input_tokens mystery_tokens output_tokens_details.draft server_tool_use.code_execution_tokens"));
    }

    [TestCase("", """[{"limit":"max_tokens","requestId":"req_0","resumedRequestId":"req_1","usage":{"input_tokens":12,"output_tokens":32000}}]""", "message.pausedResponses")]
    [TestCase(" ", """[{"limit":"max_tokens","requestId":"req_0","resumedRequestId":"req_1","usage":{"input_tokens":12,"output_tokens":32000}}]""", "message.pausedResponses")]
    [TestCase("", "[]", null)]
    [TestCase("", "null", null)]
    public void Responses_that_were_resumed_are_told_to_be_missing(string space, string paused, string? alarm)
    {
        var drift = new SchemaDrift();
        var read = new ClaudeCodeReader("claude-code", drift).Read(Encoding.UTF8.GetBytes(space + Line($$$"""{"id":"msg_01ABCDEFGHIJKLMNOPQRST","usage":{"input_tokens":10,"output_tokens":500},"pausedResponses":{{{paused}}}}""")));

        Assert.That((read.Record!.OutputTokens, drift.ToText()), Is.EqualTo(((long?)500, alarm)));
    }

    private static string Line(string message, string requestId = "\"req_1\"") =>
        $$$"""{"type":"assistant","timestamp":"2026-11-23T17:35:10.025Z","sessionId":"s","uuid":"u","requestId":{{{requestId}}},"message":{{{message}}}}""";

    private static UsageRecord? Read(string line) => ReadWhole(line).Record;

    private static UsageRecord? Read(byte[] line) => ReadWhole(line).Record;

    private static UsageLine ReadWhole(string line) => ReadWhole(Encoding.UTF8.GetBytes(line));

    private static UsageLine ReadWhole(byte[] line) => new ClaudeCodeReader("claude-code", new SchemaDrift()).Read(line);
}
