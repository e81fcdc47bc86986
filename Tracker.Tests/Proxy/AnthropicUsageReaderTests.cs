using System.Text;
using System.Text.RegularExpressions;
using Tracker.Proxy.Capture;
using Tracker.Proxy.Providers.Anthropic;
using Tracker.Storage.Usage;
using Tracker.Tests.Support;

namespace Tracker.Tests.Proxy;

public sealed class AnthropicUsageReaderTests
{
    private static readonly ObservedUsage CallOne = new()
    {
        DialectNamespace = "anthropic",
        ResponseId = "msg_01TEST000000000000000001",
        Model = "claude-opus-4-8",
        StopReason = "end_turn",
        IsFinal = true,
        InputTokens = 1001,
        OutputTokens = 311,
        CacheReadTokens = 20007,
        CacheCreation5mTokens = 3003,
        CacheCreation1hTokens = 505,
        ServiceTier = "standard",
    };

    private static readonly ObservedUsage CallTwo = new()
    {
        DialectNamespace = "anthropic",
        ResponseId = "msg_01TEST000000000000000002",
        Model = "claude-sonnet-4-5",
        StopReason = "end_turn",
        IsFinal = true,
    };

    // A stream as Claude Code 2.1 gets it, with every kind of block.
    private static readonly string ToolStream = string.Concat(
        Event("message_start", """{"type":"message_start","message":{"model":"claude-sonnet-4-5","id":"msg_01TOOLS00000000000000000","type":"message","role":"assistant","content":[],"stop_reason":null,"usage":{"input_tokens":4,"cache_creation_input_tokens":100,"cache_read_input_tokens":7,"cache_creation":{"ephemeral_5m_input_tokens":60,"ephemeral_1h_input_tokens":40},"output_tokens":1,"service_tier":"priority","inference_geo":"not_available"}}}"""),
        Event("content_block_start", """{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}"""),
        Event("ping", """{"type": "ping"}"""),
        Event("content_block_delta", """{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"\"usage\":{\"output_tokens\":77} 漢字 \ud83d\ude00"}}"""),
        Event("content_block_stop", """{"type":"content_block_stop","index":0}"""),
        Event("content_block_start", """{"type":"content_block_start","index":1,"content_block":{"type":"server_tool_use","id":"srvtoolu_1","name":"web_search","input":{}}}"""),
        Event("content_block_start", """{"type":"content_block_start","index":2,"content_block":{"type":"web_search_tool_result","tool_use_id":"srvtoolu_1","content":[{"type":"tool_use","id":"none","name":"none"}]}}"""),
        Event("content_block_start", """{"type":"content_block_start","index":3,"content_block":{"type":"tool_use","id":"toolu_1","name":"Bash","input":{"usage":{"output_tokens":88},"id":"wrong","name":"wrong"}}}"""),
        Event("content_block_delta", """{"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":"{\"stop_reason\":\"x\"}"}}"""),
        Event("content_block_start", """{"type":"content_block_start","index":4,"content_block":{"id":"mcptoolu_1","name":"list","server_name":"s","type":"mcp_tool_use"}}"""),
        Event("message_delta", """{"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"input_tokens":5,"cache_read_input_tokens":8,"output_tokens":900,"output_tokens_details":{"thinking_tokens":250},"server_tool_use":{"web_search_requests":2,"web_fetch_requests":9},"iterations":[{"input_tokens":10000,"output_tokens":10000}]}}"""),
        AnthropicAnswers.Stop);

    private static readonly ObservedUsage Tools = new()
    {
        DialectNamespace = "anthropic",
        ResponseId = "msg_01TOOLS00000000000000000",
        Model = "claude-sonnet-4-5",
        StopReason = "tool_use",
        IsFinal = true,
        InputTokens = 5,
        OutputTokens = 900,
        ReasoningTokens = 250,
        CacheReadTokens = 8,
        CacheCreation5mTokens = 60,
        CacheCreation1hTokens = 40,
        WebSearchRequests = 2,
        ServiceTier = "priority",
    };

    private const string ToolMessage = """
         {
          "id": "msg_01PLAIN00000000000000000", "type": "message", "role": "assistant", "model": "claude-haiku-4-5",
          "content": [
            {"type": "text", "text": "\"usage\": {\"output_tokens\": 99} 😀"},
            {"type": "tool_use", "input": {"id": "wrong", "name": "wrong", "type": "text", "deep": [{"id": "wrong"}]}, "id": "toolu_1", "name": "Read"},
            {"type": "tool_use", "id": "toolu_2", "name": "Gr\u0065p", "input": {}},
            {"type": "tool_result", "content": [{"type": "tool_use", "id": "none", "name": "none"}]}
          ],
          "stop_reason": "tool_use", "stop_sequence": null,
          "usage": {"input_tokens": 0, "output_tokens": 12, "cache_read_input_tokens": null, "speed": "fast", "inference_geo": "us", "service_tier": null}
         }

        """;

    private static readonly ObservedUsage Plain = new()
    {
        DialectNamespace = "anthropic",
        ResponseId = "msg_01PLAIN00000000000000000",
        Model = "claude-haiku-4-5",
        StopReason = "tool_use",
        IsFinal = true,
        InputTokens = 0,
        OutputTokens = 12,
        Speed = "fast",
        InferenceGeo = "us",
    };

    [Test]
    public void Stream_cut_at_every_byte_offset_gives_the_same() => AssertAtEveryCut(true, AnthropicAnswers.Stream(1), CallOne, "");

    [Test]
    public void Stream_with_carriage_returns_cut_at_every_byte_offset_gives_the_same([Values("\r\n", "\r")] string lineEnd) =>
        AssertAtEveryCut(true, AnthropicAnswers.Stream(1).Replace("\n", lineEnd), CallOne, "");

    [Test]
    public void Stream_with_tools_and_thinking_cut_at_every_byte_offset_gives_the_same() =>
        AssertAtEveryCut(true, ToolStream, Tools, "web_search srvtoolu_1, Bash toolu_1, list mcptoolu_1");

    [Test]
    public void Plain_answer_cut_at_every_byte_offset_gives_the_same() => AssertAtEveryCut(false, AnthropicAnswers.Message(1), CallOne, "");

    [Test]
    public void Plain_answer_with_tools_cut_at_every_byte_offset_gives_the_same() => AssertAtEveryCut(false, ToolMessage, Plain, "Read toolu_1, Grep toolu_2");

    [Test]
    public void Stream_is_final_from_its_last_count_on_and_complete_at_its_end()
    {
        var stream = AnthropicAnswers.Stream(1);
        var final = stream.IndexOf("event: message_stop", StringComparison.Ordinal);
        var content = stream.IndexOf("event: content_block_stop", StringComparison.Ordinal);
        for (var length = 0; length <= stream.Length; length++)
        {
            var reader = Read(true, stream[..length]);

            Assert.That((reader.HasContent, reader.Usage.IsFinal, reader.IsComplete), Is.EqualTo((length >= content, length >= final, length == stream.Length)), $"cut at {length}");
        }
    }

    [Test]
    public void Stream_that_was_cut_keeps_what_its_beginning_told()
    {
        var usage = Read(true, AnthropicAnswers.Start(1) + AnthropicAnswers.Content).Usage;

        Assert.That(usage with { ToolCalls = [] }, Is.EqualTo(CallOne with { OutputTokens = 2, StopReason = null, IsFinal = false, ToolCalls = [] }));
    }

    [Test]
    public void Plain_answer_is_final_at_its_last_byte_and_not_before()
    {
        var message = AnthropicAnswers.Message(1).Trim();
        for (var length = 0; length <= message.Length; length++)
        {
            var reader = Read(false, message[..length]);

            Assert.That((reader.Usage.IsFinal, reader.IsComplete), Is.EqualTo((length == message.Length, length == message.Length)), $"cut at {length}");
        }
    }

    [Test]
    public void Counts_of_message_delta_win_field_by_field_and_null_changes_nothing()
    {
        var usage = Read(true, AnthropicAnswers.Start(1)
            + Event("message_delta", """{"type":"message_delta","delta":{"stop_reason":null},"usage":{"output_tokens":40,"cache_read_input_tokens":0}}""")
            + Event("message_delta", """{"type":"message_delta","delta":{"stop_reason":"max_tokens"},"usage":{"output_tokens":30,"input_tokens":9,"cache_creation_input_tokens":null,"service_tier":null}}""")
            + AnthropicAnswers.Stop).Usage;

        Assert.That(usage with { ToolCalls = [] }, Is.EqualTo(CallOne with { InputTokens = 9, OutputTokens = 30, StopReason = "max_tokens", ToolCalls = [] }), "what was read from the cache is not 0 again");
    }

    [TestCase("""{"cache_creation_input_tokens":508,"cache_creation":{"ephemeral_5m_input_tokens":500,"ephemeral_1h_input_tokens":8}}""", 500, 8)]
    [TestCase("""{"cache_creation":{"ephemeral_5m_input_tokens":500,"ephemeral_1h_input_tokens":8}}""", 500, 8)]
    [TestCase("""{"cache_creation":{"ephemeral_1h_input_tokens":8},"cache_creation_input_tokens":508}""", 500, 8)]
    [TestCase("""{"cache_creation_input_tokens":508}""", 508, 0)]
    [TestCase("""{"cache_creation_input_tokens":508,"cache_creation":null}""", 508, 0)]
    [TestCase("""{"cache_creation_input_tokens":508,"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0}}""", 508, 0)]
    [TestCase("""{"cache_creation_input_tokens":0}""", 0, 0)]
    [TestCase("""{"cache_creation_input_tokens":null}""", null, null)]
    [TestCase("""{"cache_creation_input_tokens":-1}""", null, null)]
    [TestCase("{}", null, null)]
    public void Cache_creation_is_split_by_lifetime_and_a_bare_total_counts_as_5_minutes(string usage, long? fiveMinutes, long? oneHour)
    {
        var plain = Read(false, $$"""{"type":"message","usage":{{usage}}}""").Usage;
        var streamed = Read(true, Event("message_start", $$$"""{"type":"message_start","message":{"usage":{{{usage}}}}}""")).Usage;

        Assert.That((plain.CacheCreation5mTokens, plain.CacheCreation1hTokens), Is.EqualTo((fiveMinutes, oneHour)));
        Assert.That((streamed.CacheCreation5mTokens, streamed.CacheCreation1hTokens), Is.EqualTo((fiveMinutes, oneHour)));
    }

    [Test]
    public void Total_that_message_delta_corrects_goes_to_the_5_minute_cache()
    {
        var usage = Read(true, AnthropicAnswers.Start(1) + Event("message_delta", """{"type":"message_delta","delta":{},"usage":{"cache_creation_input_tokens":4505}}""")).Usage;

        Assert.That((usage.CacheCreation5mTokens, usage.CacheCreation1hTokens), Is.EqualTo((4000, 505)));
    }

    [Test]
    public void Compaction_is_apart_from_the_counts_that_leave_it_out_wherever_the_answer_is_cut([Values] bool isEventStream)
    {
        // The example of the documentation (platform.claude.com/docs/en/build-with-claude/compaction, seen 2026-11).
        const string usage = """{"input_tokens":23000,"output_tokens":1000,"iterations":[{"type":"compaction","input_tokens":180000,"output_tokens":3500},{"type":"message","input_tokens":23000,"output_tokens":1000}]}""";

        AssertAtEveryCut(isEventStream, Answer(isEventStream, usage), CallTwo with { InputTokens = 23_000, OutputTokens = 1000 }, "", Compaction(1, 180_000, 3500));
    }

    [Test]
    public void All_counts_of_every_compaction_are_its_own_and_its_cache_creation_by_lifetime([Values] bool isEventStream)
    {
        const string usage = """
            {"input_tokens":1,"output_tokens":2,"cache_read_input_tokens":3,"cache_creation_input_tokens":30,"cache_creation":{"ephemeral_5m_input_tokens":10,"ephemeral_1h_input_tokens":20},"server_tool_use":{"web_search_requests":4},"iterations":[
            {"input_tokens":100,"output_tokens":200,"cache_read_input_tokens":300,"cache_creation_input_tokens":3000,"cache_creation":{"ephemeral_1h_input_tokens":2000,"ephemeral_5m_input_tokens":1000},"type":"compaction"},
            {"type":"message","model":"claude-opus-4-8","input_tokens":1,"output_tokens":2,"cache_read_input_tokens":3,"cache_creation_input_tokens":30},
            {"type":"compaction","input_tokens":5000,"output_tokens":6000,"cache_read_input_tokens":7000,"cache_creation_input_tokens":8000,"cache_creation":null,"server_tool_use":{"web_search_requests":9}}]}
            """;

        AssertAtEveryCut(isEventStream, Answer(isEventStream, usage.ReplaceLineEndings("")), CallTwo with
        {
            InputTokens = 1,
            OutputTokens = 2,
            CacheReadTokens = 3,
            CacheCreation5mTokens = 10,
            CacheCreation1hTokens = 20,
            WebSearchRequests = 4,
        }, "", Compaction(1, 100, 200, 300, new CacheCreation(1000, 2000)), Compaction(2, 5000, 6000, 7000, new CacheCreation(8000, 0)));
    }

    [Test]
    public void Advice_of_another_model_is_apart_from_the_counts_and_each_kind_has_its_numbers([Values] bool isEventStream)
    {
        const string usage = """{"input_tokens":2,"output_tokens":491,"cache_read_input_tokens":226584,"iterations":[{"type":"message","input_tokens":1,"output_tokens":45},{"type":"advisor_message","model":"claude-opus-4-8","input_tokens":159419,"output_tokens":7805,"cache_read_input_tokens":0,"cache_creation_input_tokens":12},{"type":"compaction","input_tokens":3},{"type":"message","input_tokens":1,"output_tokens":446},{"type":"advisor_message","output_tokens":9}]}""";

        var read = Read(isEventStream, Answer(isEventStream, usage)).Usage;

        Assert.That((read.Model, read.InputTokens, read.OutputTokens, read.CacheReadTokens), Is.EqualTo(("claude-sonnet-4-5", 2, 491, 226_584)));
        Assert.That(read.IterationsApart, Is.EqualTo(new[]
        {
            new IterationUsage(IterationKind.Advisor, 1, "claude-opus-4-8", new TokenBlock(159_419, 7805, 0, new CacheCreation(12, 0))),
            Compaction(1, 3, null),
            new IterationUsage(IterationKind.Advisor, 2, null, new TokenBlock(null, 9, null, default)),
        }));
    }

    [Test]
    public void Iterations_of_a_later_event_take_the_place_of_the_earlier_ones()
    {
        const string compaction = """{"type":"compaction","input_tokens":180000,"output_tokens":3500}""";
        const string advice = """{"type":"advisor_message","model":"claude-opus-4-8","input_tokens":7,"output_tokens":8}""";
        var usage = Read(true, AnthropicAnswers.Start(1)
            + Event("message_delta", $$$"""{"type":"message_delta","delta":{},"usage":{"output_tokens":40,"iterations":[{{{compaction}}}]}}""")
            + Event("message_delta", $$$"""{"type":"message_delta","delta":{},"usage":{"output_tokens":50,"iterations":[{{{compaction}}},{{{advice}}}]}}""")
            + Event("message_delta", """{"type":"message_delta","delta":{},"usage":{"output_tokens":60}}""")
            + """data: {"type":"message_delta","delta":{},"usage":{"output_tokens":70,"iterations":[{"type":"compaction","input_tokens":1,""" + "\n\n"
            + Event("message_delta", $$$"""{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":311,"iterations":[{{{compaction}}},{{{advice}}},{{{compaction}}}]}}""")
            + AnthropicAnswers.Stop).Usage;

        Assert.That((usage.InputTokens, usage.OutputTokens), Is.EqualTo((1001, 311)));
        Assert.That(usage.IterationsApart, Is.EqualTo(new[]
        {
            Compaction(1, 180_000, 3500),
            new IterationUsage(IterationKind.Advisor, 1, "claude-opus-4-8", new TokenBlock(7, 8, null, default)),
            Compaction(2, 180_000, 3500),
        }));
    }

    // As the API sends it with fallbacks (Claude Code 2.1.332, earendil-works/pi#9074, seen 2026-11-30).
    private static readonly string Declined = Event("message_start", """{"type":"message_start","message":{"id":"msg_01TEST000000000000000002","type":"message","model":"claude-fable-5","usage":{"input_tokens":10,"output_tokens":1,"cache_read_input_tokens":50000,"cache_creation_input_tokens":2000,"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":2000}}}}""");

    private const string SteppedIn = """{"type":"fallback","from":{"model":"claude-fable-5"},"to":{"model":"claude-opus-4-8"}}""";

    private static readonly string SteppedInBlock = Event("content_block_start", $$"""{"type":"content_block_start","index":1,"content_block":{{SteppedIn}}}""");

    private const string BothRuns = """[{"type":"message","model":"claude-fable-5","input_tokens":10,"output_tokens":31,"cache_read_input_tokens":50000,"cache_creation_input_tokens":2000,"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":2000}},{"type":"fallback_message","model":"claude-opus-4-8","input_tokens":12,"output_tokens":264,"cache_read_input_tokens":0,"cache_creation_input_tokens":52000,"cache_creation":{"ephemeral_5m_input_tokens":30000,"ephemeral_1h_input_tokens":22000}}]""";

    private const string ServedCounts = """ "input_tokens":12,"output_tokens":264,"cache_read_input_tokens":0,"cache_creation_input_tokens":52000""";

    private static readonly ObservedUsage Served = CallTwo with
    {
        Model = "claude-opus-4-8",
        ModelSteppedIn = true,
        InputTokens = 12,
        OutputTokens = 264,
        CacheReadTokens = 0,
        CacheCreation5mTokens = 30_000,
        CacheCreation1hTokens = 22_000,
    };

    [Test]
    public void Model_that_steps_in_within_a_stream_has_its_own_counts_wherever_the_stream_is_cut() => AssertAtEveryCut(
        true, Declined + AnthropicAnswers.Content + SteppedInBlock + Event("message_delta", $$$"""{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{{{{ServedCounts}}},"iterations":{{{BothRuns}}}}}""") + AnthropicAnswers.Stop, Served, "");

    [TestCase(true, "", 52_000, 0)] // The block alone: the split was the other model's.
    [TestCase(false, BothRuns, 30_000, 22_000)] // The list alone.
    public void Block_or_list_alone_tells_that_a_model_stepped_in(bool hasBlock, string list, long fiveMinutes, long oneHour)
    {
        var iterations = list.Length == 0 ? "" : $",\"iterations\":{list}";

        var usage = Read(true, Declined + (hasBlock ? SteppedInBlock : "") + Event("message_delta", $$$"""{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{{{{ServedCounts}}}{{{iterations}}}}}""") + AnthropicAnswers.Stop).Usage;

        Assert.That(usage, Is.EqualTo(Served with { CacheCreation5mTokens = fiveMinutes, CacheCreation1hTokens = oneHour, ToolCalls = usage.ToolCalls, IterationsApart = usage.IterationsApart }));
    }

    [Test]
    public void Stream_that_breaks_off_after_a_model_stepped_in_knows_its_name_and_no_counts()
    {
        var usage = Read(true, Declined + AnthropicAnswers.Content + SteppedInBlock).Usage;

        Assert.That((usage.Model, usage.ModelSteppedIn, usage.InputTokens, usage.OutputTokens, usage.CacheReadTokens, usage.CacheCreation1hTokens), Is.EqualTo(("claude-opus-4-8", true, (long?)null, (long?)null, (long?)null, (long?)null)));
    }

    [Test]
    public void Plain_answer_names_the_model_that_stepped_in_and_tells_its_counts() => AssertAtEveryCut(
        false, $$$"""{"id":"msg_01TEST000000000000000002","type":"message","model":"claude-opus-4-8","content":[{"type":"text","text":"a"},{{{SteppedIn}}},{"type":"text","text":"b"}],"stop_reason":"end_turn","usage":{{{{ServedCounts}}},"iterations":{{{BothRuns}}}}}""", Served, "");

    [TestCase(12_000, 0, 12_000)]
    [TestCase(12_001, 9001, 3000)] // The list does not add up to the total.
    public void What_a_second_run_writes_to_the_cache_has_the_lifetimes_that_the_list_tells(long total, long fiveMinutes, long oneHour)
    {
        const string list = """[{"type":"message","cache_creation_input_tokens":3000,"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":3000}},{"type":"advisor_message","model":"claude-opus-5-5","cache_creation_input_tokens":7,"cache_creation":{"ephemeral_1h_input_tokens":7}},{"type":"message","cache_creation_input_tokens":9000,"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":9000}}]""";

        var usage = Read(true, Event("message_start", """{"type":"message_start","message":{"usage":{"cache_creation_input_tokens":3000,"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":3000}}}}""")
            + Event("message_delta", $$$"""{"type":"message_delta","delta":{},"usage":{"cache_creation_input_tokens":{{{total}}},"iterations":{{{list}}}}}""")).Usage;

        Assert.That((usage.CacheCreation5mTokens, usage.CacheCreation1hTokens), Is.EqualTo((fiveMinutes, oneHour)));
    }

    [TestCase("""[{"type":"message","input_tokens":100,"output_tokens":200}]""")]
    [TestCase("""[{"type":"of a kind to come","input_tokens":100}]""")]
    [TestCase("""[{"input_tokens":100},7,"compaction",null,[{"type":"compaction","input_tokens":100}]]""")]
    [TestCase("""{"type":"compaction","input_tokens":100}""")]
    [TestCase("[]")]
    [TestCase("null")]
    public void Iterations_that_are_in_the_counts_or_not_understood_change_nothing(string iterations)
    {
        var usage = Read(false, Answer(false, $$"""{"input_tokens":5,"output_tokens":6,"iterations":{{iterations}}}""")).Usage;

        Assert.That(usage with { ToolCalls = [] }, Is.EqualTo(CallTwo with { InputTokens = 5, OutputTokens = 6, ToolCalls = [] }));
    }

    [Test]
    public void Counts_of_a_run_that_are_no_counts_are_unknown()
    {
        var usage = Read(false, Answer(false, """{"input_tokens":5,"iterations":[{"type":"compaction","input_tokens":-1,"output_tokens":1e11,"cache_read_input_tokens":"7","deep":{"input_tokens":9}}]}""")).Usage;

        Assert.That((usage.InputTokens, usage.IterationsApart.Single()), Is.EqualTo((5, Compaction(1, null, null))));
    }

    [Test]
    public void Runs_without_end_stay_within_bounds()
    {
        var entries = string.Join(",", Enumerable.Repeat("""{"type":"advisor_message","output_tokens":1},{"type":"compaction","output_tokens":2}""", 1000));

        var usage = Read(false, Answer(false, $$"""{"output_tokens":1,"iterations":[{{entries}}]}""")).Usage;

        Assert.That(usage.IterationsApart, Has.Count.EqualTo(UsageIterations.MostApart));
    }

    [Test]
    public void Error_within_a_stream_is_an_error_and_the_counts_so_far_stay()
    {
        var reader = Read(true, AnthropicAnswers.Start(1) + AnthropicAnswers.Content + Event("error", """{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"""));

        Assert.That((reader.Usage.IsError, reader.Usage.IsFinal), Is.EqualTo((true, false)));
        Assert.That((reader.Usage.ResponseId, reader.Usage.InputTokens, reader.Usage.OutputTokens), Is.EqualTo(("msg_01TEST000000000000000001", 1001, 2)));
    }

    [Test]
    public void Error_in_place_of_an_answer_is_an_error_and_complete()
    {
        var reader = Read(false, """{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_1"}""");

        Assert.That((reader.IsComplete, reader.Usage.IsError, reader.Usage.IsFinal, reader.Usage.ResponseId), Is.EqualTo((true, true, false, (string?)null)));
    }

    [TestCase("\"id\":\"\",")]
    [TestCase("")]
    public void Stream_of_a_server_that_gives_no_id_is_final(string id)
    {
        var reader = Read(true, Regex.Replace(AnthropicAnswers.Stream(1), "\"id\":\"msg_[^\"]*\",", id));

        Assert.That((reader.IsComplete, reader.Usage.IsFinal, string.IsNullOrEmpty(reader.Usage.ResponseId), reader.Usage.OutputTokens), Is.EqualTo((true, true, true, CallOne.OutputTokens)));
    }

    [Test]
    public void Stop_without_a_start_is_the_end_but_not_final()
    {
        var reader = Read(true, AnthropicAnswers.Stop);

        Assert.That((reader.IsComplete, reader.Usage.IsFinal), Is.EqualTo((true, false)));
    }

    [TestCase("data: this is not JSON\n\n")]
    [TestCase("data: {\"type\":\"message_stop\"\n\n")]
    [TestCase("data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"refusal\"}\n\n")]
    [TestCase("data: [DONE]\n\n")]
    [TestCase("data: {\"type\":\"message_stop_2\"}\n\n")]
    [TestCase("data: {\"type\":[\"message_stop\"]}\n\n")]
    [TestCase("event: message_stop\n\n")]
    public void Event_that_cannot_be_read_spoils_no_other(string broken)
    {
        var reader = Read(true, AnthropicAnswers.Start(1) + broken + AnthropicAnswers.Content + broken);
        Assert.That((reader.IsComplete, reader.Usage.IsFinal, reader.Usage.StopReason), Is.EqualTo((false, false, (string?)null)));

        reader.Read(Encoding.UTF8.GetBytes(broken + AnthropicAnswers.Delta(1) + AnthropicAnswers.Stop));

        Assert.That(reader.IsComplete, Is.True);
        Assert.That(reader.Usage with { ToolCalls = [] }, Is.EqualTo(CallOne with { ToolCalls = [] }));
    }

    [Test]
    public void Line_of_megabytes_is_passed_over()
    {
        var huge = Event("content_block_delta", $$$"""{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"{{{new string('x', 5_000_000)}}}"}}""");

        var reader = Read(true, AnthropicAnswers.Start(1) + huge + AnthropicAnswers.Delta(1) + AnthropicAnswers.Stop);

        Assert.That(reader.Usage with { ToolCalls = [] }, Is.EqualTo(CallOne with { ToolCalls = [] }));
    }

    private static IterationUsage Compaction(int number, long? input, long? output, long? cacheRead = null, CacheCreation cacheCreation = default) =>
        new(IterationKind.Compaction, number, null, new TokenBlock(input, output, cacheRead, cacheCreation));

    /// <summary>An answer with that usage; a stream tells it at its end.</summary>
    private static string Answer(bool isEventStream, string usage) => isEventStream
        ? Event("message_start", """{"type":"message_start","message":{"id":"msg_01TEST000000000000000002","type":"message","model":"claude-sonnet-4-5","usage":{"input_tokens":1,"output_tokens":1}}}""")
            + Event("message_delta", $$$"""{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{{{usage}}}}""") + AnthropicAnswers.Stop
        : $$"""{"id":"msg_01TEST000000000000000002","type":"message","model":"claude-sonnet-4-5","stop_reason":"end_turn","usage":{{usage}}}""";

    private static void AssertAtEveryCut(bool isEventStream, string answer, ObservedUsage expected, string toolCalls, params IterationUsage[] apart)
    {
        var bytes = Encoding.UTF8.GetBytes(answer);
        AssertReads([bytes], "whole");
        AssertReads(Pieces.OneByOne(bytes), "one by one");
        foreach (var pieces in Pieces.InTwo(bytes))
        {
            AssertReads(pieces, $"cut at {pieces[0].Length}");
        }

        void AssertReads(IReadOnlyList<byte[]> pieces, string how)
        {
            var reader = new AnthropicUsageReader(isEventStream ? BodyFormat.EventStream : BodyFormat.Json);
            foreach (var piece in pieces)
            {
                reader.Read(piece);
            }

            Assert.That(reader.IsComplete, Is.True, how);
            Assert.That(string.Join(", ", reader.Usage.ToolCalls.Select(call => $"{call.Name} {call.Id}")), Is.EqualTo(toolCalls), how);
            Assert.That(reader.Usage.IterationsApart, Is.EqualTo(apart), how);
            Assert.That(reader.Usage with { ToolCalls = expected.ToolCalls, IterationsApart = expected.IterationsApart }, Is.EqualTo(expected), how);
        }
    }

    private static AnthropicUsageReader Read(bool isEventStream, string text)
    {
        var reader = new AnthropicUsageReader(isEventStream ? BodyFormat.EventStream : BodyFormat.Json);
        reader.Read(Encoding.UTF8.GetBytes(text));
        return reader;
    }

    private static string Event(string name, string data) => $"event: {name}\ndata: {data}\n\n";
}
