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
}
