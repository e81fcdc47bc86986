using System.Text;
using Tracker.Proxy.Capture;
using Tracker.Proxy.Providers.Ollama;

namespace Tracker.Tests.Proxy;

public sealed class OllamaUsageReaderTests
{
    [TestCase("""{"model":"m","done":true,"done_reason":"stop","prompt_eval_count":26,"eval_count":5}""", 26, 5)]
    [TestCase("""{"model":"m","done":true,"done_reason":"stop","prompt_eval_count":26}""", 26, 0)]
    [TestCase("""{"model":"m","done":true,"done_reason":"stop","eval_count":5}""", 0, 5)]
    [TestCase("""{"model":"m","done":true,"done_reason":"load"}""", null, null)]
    [TestCase("""{"model":"m","done":false,"prompt_eval_count":26}""", 26, null)]
    [TestCase("""{"model":"m","embeddings":[[0.1]],"prompt_eval_count":8}""", 8, 0)]
    public void Count_that_is_left_out_beside_the_other_is_0(string body, long? input, long? output)
    {
        var reader = new OllamaChat().CreateUsageReader(BodyFormat.Json);
        reader.Read(Encoding.UTF8.GetBytes(body));

        Assert.That((reader.Usage.InputTokens, reader.Usage.OutputTokens), Is.EqualTo((input, output)));
    }

    [TestCase("\"prompt_eval_count\":9900,\"prompt_eval_cached_count\":9800,", 100, 9800)]
    [TestCase("\"prompt_eval_count\":9900,\"prompt_eval_cached_count\":0,", 9900, 0)]
    [TestCase("\"prompt_eval_count\":99,\"prompt_eval_cached_count\":9800,", 0, 9800)]
    [TestCase("\"prompt_eval_count\":9900,", 9900, null)]
    public void What_was_read_from_the_cache_is_not_fresh_input(string counts, long input, long? cacheRead)
    {
        var usage = Read($$"""{"model":"m","done":true,{{counts}}"eval_count":5}""").Usage;

        Assert.That((usage.InputTokens, usage.CacheReadTokens, usage.OutputTokens), Is.EqualTo((input, cacheRead, 5)));
    }

    [TestCase("load", "", true)]
    [TestCase("unload", "", true)]
    [TestCase("load", "\"prompt_eval_count\":3,", false)]
    [TestCase("stop", "", false)]
    public void Loading_a_model_runs_none(string reason, string counts, bool ranNone) =>
        Assert.That(Read($$"""{"model":"m","response":"",{{counts}}"done":true,"done_reason":"{{reason}}"}""").Usage.RanNoModel, Is.EqualTo(ranNone));

    [Test]
    public void Tools_are_read()
    {
        var usage = Read("""{"model":"m","message":{"role":"assistant","content":"","tool_calls":[{"function":{"name":"ls","arguments":{"name":"no"}}},{"function":{"name":"cat","arguments":{}}}]},"done":true,"eval_count":5}""").Usage;

        Assert.That(string.Join(", ", usage.ToolCalls.Select(call => $"{call.Id} {call.Name}")), Is.EqualTo("1 ls, 2 cat"));
    }

    private static IUsageReader Read(string body)
    {
        var reader = new OllamaChat().CreateUsageReader(BodyFormat.Json);
        reader.Read(Encoding.UTF8.GetBytes(body));
        return reader;
    }
}
