using System.Text;
using Tracker.Proxy.Capture;
using Tracker.Proxy.Providers.OpenAI;

namespace Tracker.Tests.Proxy;

public sealed class OpenAIEmbeddingsTests
{
    [TestCase("""{"error":{"code":429,"message":"x"}}""", true)]
    [TestCase("""{"error":"x"}""", true)]
    [TestCase("""{"error":null,"model":"m","data":[{"index":0,"embedding":[0.1]}],"usage":{"prompt_tokens":3,"total_tokens":3}}""", false)]
    [TestCase("""{"model":"m","data":[{"index":0,"embedding":"AAAA"}],"usage":{"prompt_tokens":3,"total_tokens":3}}""", false)]
    [TestCase("""{"model":"m","data":[],"usage":{"total_tokens":3}}""", false)] // Voyage's.
    public void Document_is_final_unless_it_is_an_error(string body, bool isError)
    {
        var reader = new OpenAIEmbeddings().CreateUsageReader(BodyFormat.Json);
        reader.Read(Encoding.UTF8.GetBytes(body));

        Assert.That((reader.IsComplete, reader.Usage.IsError, reader.Usage.IsFinal, reader.Usage.InputTokens), Is.EqualTo((true, isError, !isError, isError ? (long?)null : 3)));
    }

    [Test]
    public void Decision_has_an_output_too()
    {
        var reader = new OpenAIEmbeddings().CreateUsageReader(BodyFormat.Json);
        reader.Read("""
            {"answers":[{"type":"predicate","name":null,"probability":0.9}],"model":"gpt-6-luna",
             "usage":{"input_tokens":100,"input_tokens_details":{"cached_tokens":40,"cache_write_tokens":10},"output_tokens":7,"output_tokens_details":{"reasoning_tokens":3},"total_tokens":107}}
            """u8);

        var usage = reader.Usage;
        Assert.That((usage.IsFinal, usage.Model, usage.InputTokens, usage.CacheReadTokens, usage.CacheCreation5mTokens, usage.OutputTokens, usage.ReasoningTokens), Is.EqualTo((true, "gpt-6-luna", 50L, 40L, 10L, 7L, 3L)));
    }
}
