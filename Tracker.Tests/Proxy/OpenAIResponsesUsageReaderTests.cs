using System.Text;
using Tracker.Proxy.Capture;
using Tracker.Proxy.Providers.OpenAI;

namespace Tracker.Tests.Proxy;

public sealed class OpenAIResponsesUsageReaderTests
{
    private const string Items = """
        {"type":"reasoning","id":"rs_1","summary":[]},
        {"type":"web_search_call","id":"ws_1","status":"completed"},
        {"type":"message","id":"msg_1","content":[{"type":"output_text","text":"a","annotations":[{"type":"url_citation","id":"x"}]}]},
        {"type":"function_call","id":"fc_1","call_id":"call_1","name":"read","arguments":"{}"},
        {"type":"function_call","call_id":"call_2","name":"write","id":"fc_2"},
        {"name":"grep","call_id":"call_3","type":"custom_tool_call","id":"ctc_1"},
        {"type":"local_shell_call"}
        """;

    [Test]
    public void Tool_calls_have_their_own_ids_and_names([Values] bool streamed)
    {
        var reader = Read(streamed, Answer(streamed, Items));

        Assert.That(
            reader.Usage.ToolCalls.Select(call => $"{call.Id} {call.Name}"),
            Is.EqualTo(new[] { "ws_1 web_search_call", "call_1 read", "call_2 write", "call_3 grep" }));
    }

    [TestCase("""{"type":"web_search_call","id":"ws_1","action":{"type":"search","query":"a","sources":[{"type":"open_page"}]}}""", 1)]
    [TestCase("""{"type":"web_search_call","id":"ws_1"}""", 1)]
    [TestCase(
        """
        {"action":{"type":"search"},"type":"web_search_call","id":"ws_1"},
        {"type":"web_search_call","id":"ws_2","action":{"type":"open_page"}},
        {"type":"web_search_call","id":"ws_3","action":{"type":"find_in_page"}},
        {"type":"web_search_call","id":"ws_4","action":{"type":"search"}},
        {"type":"web_search_call","id":"ws_1","action":{"type":"search"}}
        """,
        2)]
    [TestCase("""{"type":"file_search_call","id":"fs_1"}""", null)]
    [TestCase("""{"type":"function_call","call_id":"call_1","name":"web_search_call","action":{"type":"search"}}""", null)]
    public void Searches_of_the_provider_are_counted_once_each(string items, long? searches)
    {
        Assert.That(Read(false, Answer(false, items)).Usage.WebSearchRequests, Is.EqualTo(searches));
        Assert.That(Read(true, Answer(true, items)).Usage.WebSearchRequests, Is.EqualTo(searches));
    }

    [TestCase(true, false)]
    [TestCase(false, true)]
    public void Error_event_ends_the_stream_of_a_response_in_the_background_and_not_the_response(bool background, bool isError)
    {
        var usage = Read(true, Event($$$"""{"type":"response.created","response":{"id":"resp_1","status":"in_progress","background":{{{(background ? "true" : "false")}}}}}""") + Event("""{"type":"error","code":"server_error","message":"x"}""")).Usage;

        Assert.That((usage.IsError, usage.IsFinal), Is.EqualTo((isError, false)));
    }

    [TestCase("""{"id":"resp_0123456789abcdef","object":"response.compaction","created_at":1,"output":[{"type":"compaction","id":"cmp_1"}],"usage":{"input_tokens":9,"output_tokens":4}}""", 4)]
    [TestCase("""{"output":[],"usage":{"input_tokens":9,"output_tokens":4}}""", 4)]
    [TestCase("""{"output":[{"type":"compaction","encrypted_content":"x"}]}""", null)]
    public void Compaction_is_over_when_it_is_whole(string body, long? output)
    {
        for (var length = 0; length <= body.Length; length++)
        {
            var reader = Read(false, body[..length]);
            Assert.That((reader.IsComplete, reader.Usage.IsFinal), Is.EqualTo((length == body.Length, length == body.Length)), $"cut at {length}");
        }

        Assert.That(Read(false, body).Usage.OutputTokens, Is.EqualTo(output));
    }

    // As OpenRouter tells them.
    [Test]
    public void Searches_that_are_billed_are_told_beside_the_items() =>
        Assert.That(Read(false, """{"id":"resp_0123456789abcdef","status":"completed","output":[],"usage":{"input_tokens":9,"output_tokens":4,"server_tool_use":{"web_search_requests":3}}}""").Usage.WebSearchRequests, Is.EqualTo(3));

    [TestCase("{}")]
    [TestCase("""{"id":"resp_0123456789abcdef","status":"queued","output":[],"usage":null}""")]
    public void Document_that_tells_nothing_is_not(string body) => Assert.That((Read(false, body).IsComplete, Read(false, body).Usage.IsFinal), Is.EqualTo((false, false)));

    [TestCase("""{"error":{"code":502,"message":"x"}}""", true)]
    [TestCase("""{"error":"x"}""", true)]
    [TestCase("""{"error":null}""", false)]
    [TestCase("""{"error":null,"status":"completed","id":"resp_0123456789abcdef"}""", false)]
    [TestCase("""{"output":[{"type":"mcp_call","id":"mcp_1","error":"x"}],"status":"completed"}""", false)]
    public void Document_with_an_error_is_one_whatever_its_status(string body, bool isError)
    {
        var reader = Read(false, body);

        Assert.That((reader.Usage.IsError, reader.Usage.IsFinal && isError, reader.IsComplete || !isError), Is.EqualTo((isError, false, true)));
        Assert.That(Read(true, Event(body)).Usage.IsError, Is.EqualTo(isError));
    }

    [TestCase("queued", null)]
    [TestCase("in_progress", null)]
    [TestCase("completed", "auto")]
    public void Tier_that_was_asked_for_is_not_the_one_that_will_be_billed(string status, string? tier) =>
        Assert.That(Read(false, $$"""{"id":"resp_0123456789abcdef","status":"{{status}}","service_tier":"auto"}""").Usage.ServiceTier, Is.EqualTo(tier));

    /// <summary>An answer with these items, one a line.</summary>
    private static string Answer(bool streamed, string items, string response = """ "id":"resp_0123456789abcdef","status":"completed" """)
    {
        if (!streamed)
        {
            return $$"""{"output":[{{items}}],{{response}}}""";
        }

        var lines = items.Split('\n').Select(line => line.Trim().TrimEnd(','));
        return string.Concat(lines.SelectMany(item => new[] { "added", "done" }.Select(word => Event($$"""{"type":"response.output_item.{{word}}","item":{{item}}}"""))))
            + Event($$$"""{"type":"response.completed","response":{"output":[{{{items.Replace("\n", "", StringComparison.Ordinal)}}}],{{{response}}}}}""");
    }

    private static string Event(string json) => $"data: {json}\n\n";

    private static OpenAIResponsesUsageReader Read(bool streamed, string body)
    {
        var reader = new OpenAIResponsesUsageReader(streamed ? BodyFormat.EventStream : BodyFormat.Json);
        reader.Read(Encoding.UTF8.GetBytes(body));
        return reader;
    }
}
