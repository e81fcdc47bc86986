using System.Text;
using Tracker.Proxy.Capture;
using Tracker.Proxy.Providers.Gemini;

namespace Tracker.Tests.Proxy;

public sealed class GeminiUsageReaderTests
{
    // Two candidates: each has a chunk with its finish reason, and the counts go on after the first.
    private const string First = """{"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":10},"responseId":"0123456789abcdefghij","modelVersion":"gemini-m"}""";
    private const string Second = """{"candidates":[{"content":{"parts":[{"text":"b"}]},"finishReason":"MAX_TOKENS","index":1}],"usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":500,"thoughtsTokenCount":3}}""";

    [Test]
    public void Counts_after_a_finish_reason_are_read([Values] bool isEvents)
    {
        var body = isEvents ? $"data: {First}\n\ndata: {Second}\n\n" : $"[{First},\n{Second}]";
        foreach (var pieces in Pieces.InTwo(Encoding.UTF8.GetBytes(body)))
        {
            var reader = new GeminiUsageReader(isEvents ? BodyFormat.EventStream : BodyFormat.Json);
            foreach (var piece in pieces)
            {
                reader.Read(piece);
            }

            Assert.That((reader.Usage.IsFinal, reader.Usage.InputTokens, reader.Usage.OutputTokens, reader.Usage.ReasoningTokens, reader.Usage.StopReason), Is.EqualTo((true, 9, 503, 3, "MAX_TOKENS")));
        }
    }

    [Test]
    public void Stream_that_breaks_off_after_its_finish_reason_is_final()
    {
        var reader = Read($"data: {First}\n\ndata: {{\"candi");

        Assert.That((reader.Usage.IsFinal, reader.Usage.ResponseId, reader.Usage.OutputTokens), Is.EqualTo((true, "0123456789abcdefghij", 10)));
        Assert.That(reader.IsComplete, Is.False, "more may come");
    }

    [Test]
    public void Stream_that_breaks_off_before_one_is_not() =>
        Assert.That(Read("data: " + First.Replace("\"finishReason\":\"STOP\",", "") + "\n\n").Usage.IsFinal, Is.False);

    [TestCase("serviceTier", "priority")]
    [TestCase("trafficType", "ON_DEMAND_FLEX")]
    public void Tier_is_read(string field, string tier) =>
        Assert.That(Read("data: " + Second.Replace("\"promptTokenCount\"", $"\"{field}\":\"{tier}\",\"promptTokenCount\"") + "\n\n").Usage.ServiceTier, Is.EqualTo(tier));

    [Test]
    public void Searches_are_the_different_queries_that_are_not_empty()
    {
        var grounded = First.Replace("\"index\":0", """ "groundingMetadata":{"webSearchQueries":["","one","two"],"searchEntryPoint":{"renderedContent":"x"}},"index":0""");

        Assert.That(Read($"data: {grounded}\n\ndata: {grounded.Replace("two", "three")}\n\n").Usage.WebSearchRequests, Is.EqualTo(3));
        Assert.That(Read($"data: {First}\n\n").Usage.WebSearchRequests, Is.Null);
    }

    [Test]
    public void What_a_tool_fed_to_the_model_is_input_and_was_not_cached()
    {
        var usage = Read("""data: {"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":100,"cachedContentTokenCount":60,"candidatesTokenCount":20,"thoughtsTokenCount":30,"toolUsePromptTokenCount":500}}""" + "\n\n").Usage;

        Assert.That((usage.InputTokens, usage.CacheReadTokens, usage.OutputTokens, usage.ReasoningTokens), Is.EqualTo((540, 60, 50, 30)));
    }

    [Test]
    public void More_that_was_cached_than_was_asked_leaves_no_fresh_input()
    {
        var usage = Read("""data: {"candidates":[{"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":10,"cachedContentTokenCount":60,"candidatesTokenCount":20}}""" + "\n\n").Usage;

        Assert.That((usage.InputTokens, usage.CacheReadTokens, usage.OutputTokens), Is.EqualTo((0, 60, 20)));
    }

    [Test]
    public void Prompt_that_was_refused_has_the_reason_and_no_output()
    {
        var usage = Read("""data: {"promptFeedback":{"blockReason":"SAFETY"},"usageMetadata":{"promptTokenCount":100,"totalTokenCount":100}}""" + "\n\n").Usage;

        Assert.That((usage.IsFinal, usage.StopReason, usage.InputTokens, usage.OutputTokens), Is.EqualTo((true, "SAFETY", 100, 0)));
    }

    [TestCase("""{"name":"ls","args":{"name":"no"}}""", "1 ls")]
    [TestCase("""{"id":"call_1","name":"ls","args":{}}""", "call_1 ls")]
    public void Functions_are_read(string function, string expected) =>
        Assert.That(Read($$$"""data: {"candidates":[{"content":{"parts":[{"functionCall":{{{function}}}}]}}]}""" + "\n\n").Usage.ToolCalls.Select(call => $"{call.Id} {call.Name}"), Is.EqualTo(new[] { expected }));

    [Test]
    public void Functions_without_ids_are_numbered() =>
        Assert.That(Read("""data: {"candidates":[{"content":{"parts":[{"functionCall":{"name":"ls"}},{"functionCall":{"name":"cat"}}]}}]}""" + "\n\n").Usage.ToolCalls.Select(call => $"{call.Id} {call.Name}"), Is.EqualTo(new[] { "1 ls", "2 cat" }));

    private static GeminiUsageReader Read(string stream)
    {
        var reader = new GeminiUsageReader(BodyFormat.EventStream);
        reader.Read(Encoding.UTF8.GetBytes(stream));
        return reader;
    }
}
