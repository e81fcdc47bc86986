using System.Text;
using Tracker.Proxy.Capture;
using Tracker.Proxy.Providers.Gemini;

namespace Tracker.Tests.Proxy;

public sealed class GeminiInteractionsUsageReaderTests
{
    // As Google's pages have them (ai.google.dev/gemini-api/docs/interactions, seen 2026-11), with a call of a tool and cached input.
    private const string Usage = """{"total_tokens":356,"total_input_tokens":11,"input_tokens_by_modality":[{"modality":"text","tokens":11}],"total_cached_tokens":4,"total_output_tokens":90,"total_tool_use_tokens":10,"total_thought_tokens":245,"grounding_tool_count":[{"type":"google_search","count":3},{"count":2,"type":"google_maps"},{"count":1,"type":"google_search"}]}""";

    private const string Document = $$$"""
        {"id":"v1_ChdpQUFvYXI0123456789","status":"requires_action","usage":{{{Usage}}},"created":"2026-06-09T12:01:25Z","service_tier":"standard","object":"interaction","model":"gemini-3.8-flash",
         "steps":[{"type":"thought","signature":"x"},{"type":"function_call","id":"call_1","name":"get_weather","arguments":{"id":"no","name":"no"}},{"type":"google_search_call","id":"gs_1"},{"type":"function_result","call_id":"c","name":"n"}]}
        """;

    private const string Stream = $$$$"""
        event: interaction.created
        data: {"interaction":{"id":"v1_ChdpQUFvYXI0123456789","status":"in_progress","model":"gemini-3.8-flash"},"event_type":"interaction.created"}

        event: step.start
        data: {"event_type":"step.start","index":0,"step":{"type":"function_call","id":"call_1","name":"get_weather","arguments":{}}}

        event: step.delta
        data: {"index":0,"delta":{"text":"interaction.completed","type":"text"},"event_type":"step.delta","metadata":{"total_usage":{"total_output_tokens":1}}}

        event: step.start
        data: {"index":1,"step":{"id":"gs_1","type":"google_search_call"},"event_type":"step.start"}

        event: interaction.completed
        data: {"interaction":{"id":"v1_ChdpQUFvYXI0123456789","status":"requires_action","usage":{{{{Usage}}}},"service_tier":"standard","model":"gemini-3.8-flash"},"event_type":"interaction.completed"}


        """;

    private const string End = "event: done\ndata: [DONE]\n\n";

    private static readonly ObservedUsage Expected = new()
    {
        DialectNamespace = "gemini",
        ResponseId = "v1_ChdpQUFvYXI0123456789",
        Model = "gemini-3.8-flash",
        StopReason = "requires_action",
        IsFinal = true,
        InputTokens = 17,
        OutputTokens = 335,
        ReasoningTokens = 245,
        CacheReadTokens = 4,
        WebSearchRequests = 4,
        ServiceTier = "standard",
    };

    [Test]
    public void Answer_cut_at_every_byte_offset_gives_the_same([Values] bool streamed)
    {
        foreach (var pieces in Pieces.InTwo(Encoding.UTF8.GetBytes(streamed ? Stream + End : Document)))
        {
            var reader = new GeminiInteractionsUsageReader(BodyFormat.Json);
            foreach (var piece in pieces)
            {
                reader.Read(piece);
            }

            Assert.That(reader.IsComplete, Is.True);
            Assert.That(reader.HasContent, Is.EqualTo(streamed));
            Assert.That(string.Join(", ", reader.Usage.ToolCalls.Select(call => $"{call.Id} {call.Name}")), Is.EqualTo("call_1 get_weather, gs_1 google_search_call"));
            Assert.That(reader.Usage with { ToolCalls = [] }, Is.EqualTo(Expected with { ToolCalls = [] }));
        }
    }

    [Test]
    public void Stream_is_complete_with_the_event_that_has_the_usage()
    {
        Assert.That(Read(Stream).IsComplete, Is.True);

        var cut = Read(Stream[..Stream.IndexOf("event: interaction.completed", StringComparison.Ordinal)]);
        Assert.That((cut.IsComplete, cut.Usage.IsFinal, cut.Usage.ResponseId), Is.EqualTo((false, false, "v1_ChdpQUFvYXI0123456789")));
    }

    // As Google's agents are asked and answer (agno-agi/agno#7975, seen 2026-11-30).
    [Test]
    public void Agent_is_what_is_asked_and_answers_where_no_model_is()
    {
        const string interaction = """{"id":"v1_0123456789abcdef","status":"completed","agent":"deep-research-preview-04-2026","usage":{"total_input_tokens":7}}""";
        var request = new GeminiInteractions().CreateRequestReader("/v1beta/interactions", previewLength: 0);
        request.Read("""{"agent":"deep-research-preview-04-2026","input":"x"}"""u8);

        Assert.That(request.Request.Model, Is.EqualTo("deep-research-preview-04-2026"));
        Assert.That(Read(interaction).Usage.Model, Is.EqualTo("deep-research-preview-04-2026"));
        Assert.That(Read($$"""data: {"event_type":"interaction.completed","interaction":{{interaction}}}""" + "\n\n").Usage.Model, Is.EqualTo("deep-research-preview-04-2026"));
    }

    [Test]
    public void What_goes_on_in_the_background_has_not_stopped() =>
        Assert.That(Read("""{"id":"v1_0123456789abcdef","status":"in_progress","model":"m"}""").Usage.StopReason, Is.Null);

    [TestCase("in_progress", false, false)] // In the background.
    [TestCase("completed", true, false)]
    [TestCase("incomplete", true, false)]
    [TestCase("cancelled", false, false)]
    [TestCase("failed", false, true)]
    public void Status_tells_whether_it_is_over(string status, bool isFinal, bool isError)
    {
        var usage = Read($$"""{"id":"v1_ChdpQUFvYXI0123456789","status":"{{status}}"}""").Usage;

        Assert.That((usage.IsFinal, usage.IsError, usage.InputTokens, usage.OutputTokens), Is.EqualTo((isFinal, isError, (long?)null, (long?)null)));
    }

    [Test]
    public void Error_within_a_stream_is_an_error()
    {
        var reader = Read("""data: {"error":{"code":"x","message":"y"},"event_type":"error"}""" + "\n\n");

        Assert.That((reader.IsComplete, reader.Usage.IsError), Is.EqualTo((true, true)));
    }

    private static GeminiInteractionsUsageReader Read(string body)
    {
        var reader = new GeminiInteractionsUsageReader(BodyFormat.Json);
        reader.Read(Encoding.UTF8.GetBytes(body));
        return reader;
    }
}
