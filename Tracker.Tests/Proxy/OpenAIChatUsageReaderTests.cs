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

    private static OpenAIChatUsageReader Read(string body)
    {
        var reader = new OpenAIChatUsageReader(BodyFormat.Json);
        reader.Read(Encoding.UTF8.GetBytes(body));
        return reader;
    }
}
