using System.Text;
using Tracker.Proxy.Capture;
using Tracker.Proxy.Providers.OpenAI;

namespace Tracker.Tests.Proxy;

public sealed class OpenAIChatUsageReaderTests
{
    [TestCase("""{"choices":[{"index":0,"delta":{},"finish_reason":"stop","usage":USAGE}]}""")]
    [TestCase("""{"choices":[{"index":0,"delta":{},"finish_reason":"stop","usage":USAGE}],"usage":USAGE}""")]
    [TestCase("""{"choices":[{"index":0,"delta":{},"finish_reason":"stop","usage":USAGE}],"usage":null}""")]
    public void Usage_in_the_choice_that_finishes_counts_once(string chunk)
    {
        var json = chunk.Replace("USAGE", """{"prompt_tokens":100,"completion_tokens":7,"total_tokens":107,"cached_tokens":60}""", StringComparison.Ordinal);
        var usage = Read($"data: {{\"id\":\"chatcmpl-0123456789abcdef\",\"choices\":[{{\"delta\":{{\"content\":\"a\"}}}}]}}\n\ndata: {json}\n\ndata: [DONE]\n\n").Usage;

        Assert.That((usage.IsFinal, usage.InputTokens, usage.CacheReadTokens, usage.OutputTokens), Is.EqualTo((true, 40, 60, 7)));
    }

    // Qwen's (alibabacloud.com/help/en/model-studio/context-cache), those of gateways (github/copilot-cli#4720) and what others send.
    [TestCase("""{"prompt_tokens":1000,"prompt_tokens_details":{"cached_tokens":100,"cache_creation_input_tokens":600,"cache_creation":{"ephemeral_5m_input_tokens":600},"cache_type":"ephemeral"}}""", 300, 100, 600, 0)]
    [TestCase("""{"prompt_tokens":1000,"prompt_tokens_details":{"cache_creation":{"ephemeral_5m_input_tokens":600,"ephemeral_1h_input_tokens":50},"cached_tokens":100}}""", 250, 100, 600, 50)]
    [TestCase("""{"prompt_tokens":1000,"prompt_tokens_details":{"cached_tokens":100,"cache_creation_tokens":600,"cache_creation_token_details":{"ephemeral_5m_input_tokens":200,"ephemeral_1h_input_tokens":400}}}""", 300, 100, 200, 400)]
    [TestCase("""{"prompt_tokens":1000,"cache_creation_input_tokens":600,"cache_read_input_tokens":100,"prompt_tokens_details":{"cached_tokens":100,"cache_creation_tokens":600,"cache_write_tokens":600,"cache_creation_token_details":{"ephemeral_1h_input_tokens":600}}}""", 300, 100, 0, 600)]
    [TestCase("""{"prompt_tokens":1000,"prompt_tokens_details":{"cached_tokens":0,"cache_creation_tokens":600,"cache_creation_token_details":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0}}}""", 400, 0, 600, 0)]
    [TestCase("""{"prompt_tokens":1000,"prompt_tokens_details":{"cached_tokens":100,"cache_write_tokens":600}}""", 300, 100, 600, 0)]
    [TestCase("""{"prompt_tokens":1000,"prompt_tokens_details":{"cached_tokens":100,"cache_creation":null,"cache_creation_tokens":null}}""", 900, 100, null, null)]
    [TestCase("""{"prompt_tokens":10,"prompt_tokens_details":{"cached_tokens":100,"cache_creation_tokens":600}}""", 10, 100, 600, 0)]
    public void Cache_creation_is_split_by_lifetime_and_not_part_of_the_input(string usage, long input, long read, long? fiveMinutes, long? oneHour)
    {
        var found = Read($$"""{"usage":{{usage}}}""").Usage;

        Assert.That((found.InputTokens, found.CacheReadTokens, found.CacheCreation5mTokens, found.CacheCreation1hTokens), Is.EqualTo((input, read, fiveMinutes, oneHour)));
    }

    // As new-api and its relatives write it.
    [TestCase("""{"prompt_tokens":120,"completion_tokens":223,"total_tokens":343,"prompt_tokens_details":{"cached_tokens":20},"input_tokens":0,"output_tokens":0,"input_tokens_details":null}""")]
    [TestCase("""{"input_tokens":0,"output_tokens":0,"input_tokens_details":{"cached_tokens":0},"prompt_tokens":120,"completion_tokens":223,"prompt_tokens_details":{"cached_tokens":20}}""")]
    [TestCase("""{"prompt_tokens":120,"completion_tokens":223,"prompt_tokens_details":{"cached_tokens":20,"cache_write_tokens":0},"input_tokens_details":{"cached_tokens":0}}""")]
    public void Zeros_under_a_second_name_replace_nothing(string usage)
    {
        var found = Read($$"""{"usage":{{usage}}}""").Usage;

        Assert.That((found.InputTokens, found.CacheReadTokens, found.OutputTokens), Is.EqualTo((100L, 20L, 223L)));
    }

    [TestCase("""{"prompt_tokens":100,"completion_tokens":61,"prompt_cache_hit_tokens":64,"prompt_cache_miss_tokens":36}""", 36, 64)] // DeepSeek's.
    [TestCase("""{"prompt_tokens":100,"completion_tokens":61,"cached_tokens":64}""", 36, 64)] // Moonshot's.
    [TestCase("""{"prompt_tokens":100,"completion_tokens":61,"prompt_tokens_details":{"cached_tokens":64}}""", 36, 64)]
    public void Cached_input_is_read_as_each_vendor_calls_it(string usage, long input, long cacheRead)
    {
        var found = Read($$"""{"usage":{{usage}}}""").Usage;

        Assert.That((found.InputTokens, found.CacheReadTokens, found.OutputTokens), Is.EqualTo((input, cacheRead, 61)));
    }

    [Test]
    public void Groqs_usage_is_in_an_object_of_its_own()
    {
        var found = Read("""data: {"id":"chatcmpl-0123456789abcdef","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"x_groq":{"id":"r","usage":{"prompt_tokens":100,"completion_tokens":9,"prompt_tokens_details":{"cached_tokens":40}}}}""" + "\n\n").Usage;

        Assert.That((found.InputTokens, found.CacheReadTokens, found.OutputTokens), Is.EqualTo((60, 40, 9)));
    }

    [Test]
    public void Text_of_a_completion_is_content()
    {
        var reader = new OpenAIChatUsageReader(BodyFormat.EventStream);
        reader.Read(Encoding.UTF8.GetBytes("""data: {"id":"cmpl-0123456789abcdef","choices":[{"text":"a","index":0,"finish_reason":null}]}""" + "\n\n"));

        Assert.That(reader.HasContent, Is.True);
    }

    [TestCase("""{"prompt_tokens":1,"server_tool_use":{"web_search_requests":3}}""", 3)]
    [TestCase("""{"prompt_tokens":1,"server_tool_use":{"web_search_requests":0}}""", 0)]
    [TestCase("""{"prompt_tokens":1,"server_tool_use":null,"num_search_queries":4}""", null)] // Perplexity bills the request, whatever it searched.
    [TestCase("""{"prompt_tokens":1}""", null)]
    public void Searches_that_are_billed_by_the_call_are_read(string usage, long? searches) =>
        Assert.That(Read($$"""{"usage":{{usage}}}""").Usage.WebSearchRequests, Is.EqualTo(searches));

    [TestCase("""{"prompt_tokens":100,"completion_tokens":10,"total_tokens":910}""", 100, 810, 800)]
    [TestCase("""{"prompt_tokens":100,"completion_tokens":10,"total_tokens":910,"completion_tokens_details":{"reasoning_tokens":800}}""", 100, 810, 800)]
    [TestCase("""{"prompt_tokens":100,"completion_tokens":810,"total_tokens":910,"completion_tokens_details":{"reasoning_tokens":800}}""", 100, 810, 800)]
    [TestCase("""{"prompt_tokens":100,"completion_tokens":10,"total_tokens":910,"prompt_tokens_details":{"cached_tokens":60}}""", 40, 810, 800)]
    [TestCase("""{"prompt_tokens":100,"completion_tokens":10,"total_tokens":110}""", 100, 10, null)]
    [TestCase("""{"prompt_tokens":100,"completion_tokens":10,"total_tokens":100}""", 100, 10, null)]
    [TestCase("""{"prompt_tokens":100,"completion_tokens":10}""", 100, 10, null)]
    [TestCase("""{"total_tokens":910}""", null, null, null)]
    public void What_Geminis_total_has_above_its_parts_is_reasoning(string usage, long? input, long? output, long? reasoning)
    {
        var reader = new OpenAIChat(restIsReasoning: true).CreateUsageReader(BodyFormat.Json);
        reader.Read(Encoding.UTF8.GetBytes($$"""{"usage":{{usage}}}"""));

        Assert.That((reader.Usage.InputTokens, reader.Usage.OutputTokens, reader.Usage.ReasoningTokens), Is.EqualTo((input, output, reasoning)));
    }

    [TestCase("""{"prompt_tokens":100,"completion_tokens":10,"total_tokens":910}""", 10, null)]
    [TestCase("""{"prompt_tokens":100,"completion_tokens":10,"total_tokens":910,"completion_tokens_details":{"reasoning_tokens":800}}""", 810, 800)] // xAI's.
    [TestCase("""{"prompt_tokens":100,"completion_tokens":10,"total_tokens":911,"completion_tokens_details":{"reasoning_tokens":800}}""", 10, 800)]
    public void Other_vendors_totals_are_not_relied_on(string usage, long output, long? reasoning)
    {
        var found = Read($$"""{"usage":{{usage}}}""").Usage;

        Assert.That((found.OutputTokens, found.ReasoningTokens), Is.EqualTo((output, reasoning)));
    }

    // Azure's asynchronous filter sends its annotations when it has them, also after the end.
    [Test]
    public void Empty_texts_of_annotations_hide_nothing_that_was_told()
    {
        const string annotation = """data: {"id":"","object":"","created":0,"model":"","choices":[{"index":0,"finish_reason":null,"content_filter_results":{},"content_filter_offsets":{"check_offset":44}}]}""" + "\n\n";
        var usage = Read(
            annotation
            + """data: {"id":"chatcmpl-0123456789abcdef","model":"gpt-4o-2024-11-20","choices":[{"index":0,"delta":{"content":"a"}}]}""" + "\n\n"
            + """data: {"id":"chatcmpl-0123456789abcdef","model":"gpt-4o-2024-11-20","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}""" + "\n\n"
            + annotation + "data: [DONE]\n\n").Usage;

        Assert.That((usage.ResponseId, usage.Model, usage.StopReason, usage.IsFinal), Is.EqualTo(("chatcmpl-0123456789abcdef", "gpt-4o-2024-11-20", "stop", true)));
    }

    // sgl-project/sglang#3912; older versions of Ollama too (ollama/ollama#4357).
    [Test]
    public void Empty_reason_in_every_chunk_is_no_end()
    {
        const string chunk = """data: {"id":"c-1","model":"m","choices":[{"index":0,"delta":{"content":"a"},"finish_reason":""}],"usage":{"prompt_tokens":9,"completion_tokens":1}}""" + "\n\n";
        var reader = Read(chunk + chunk);

        Assert.That((reader.Usage.IsFinal, reader.Usage.StopReason, reader.Usage.OutputTokens), Is.EqualTo((false, (string?)null, 1)));
        reader.Read("data: [DONE]\n\n"u8);
        Assert.That((reader.IsComplete, reader.Usage.IsFinal), Is.EqualTo((false, false)));
    }

    // OpenRouter ends a stream that the model breaks off so (openrouter.ai/docs/api/reference/errors-and-debugging).
    [Test]
    public void Error_is_one_whatever_reason_comes_with_it_and_ends_the_stream()
    {
        const string error = """data: {"id":"gen-0123456789abcdef","error":{"code":502,"message":"x"},"choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"}]}""" + "\n\n";
        Assert.That((Read(error).Usage.IsFinal, Read(error).Usage.IsError), Is.EqualTo((false, true)));
        Assert.That(Read("""data: {"error":{"message":"x"}}""" + "\n\ndata: [DONE]\n\n").IsComplete, Is.True);
    }

    private static OpenAIChatUsageReader Read(string body)
    {
        var reader = new OpenAIChatUsageReader(BodyFormat.Json);
        reader.Read(Encoding.UTF8.GetBytes(body));
        return reader;
    }
}
