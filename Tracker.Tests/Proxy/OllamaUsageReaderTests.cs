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
}
