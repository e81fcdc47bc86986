using Tracker.Proxy.Capture;
using Tracker.Proxy.Providers;
using Tracker.Proxy.Providers.Gemini;

namespace Tracker.Tests.Proxy;

public sealed class ModelEndpointsTests
{
    [TestCase("/v1/responses", "OpenAIResponses")]
    [TestCase("/v1/responses/compact", "OpenAIResponses")]
    [TestCase("/responses/compact", "OpenAIResponses")]
    [TestCase("/v1/agent", "OpenAIResponses")]
    [TestCase("/v1beta/interactions", "GeminiInteractions")]
    [TestCase("/v1beta/models/m:generateContent", "GeminiContent")]
    [TestCase("/v1/responses/resp_1/cancel", null)]
    [TestCase("/v1/conversations/compact", null)]
    [TestCase("/v1/agents", null)]
    [TestCase("/v1beta/interactions/v1_1/cancel", null)]
    [TestCase("/v1/messages/count_tokens", null)]
    public void End_of_the_path_tells_who_reads_it(string path, string? endpoint)
    {
        Assert.That(ModelEndpoints.Find(Dialect.OpenAI, "POST", path)?.GetType().Name, Is.EqualTo(endpoint));
        Assert.That(ModelEndpoints.Find(Dialect.None, "POST", path), Is.Null);
        Assert.That(ModelEndpoints.Find(Dialect.OpenAI, "DELETE", path), Is.Null);
    }

    [TestCase(true)]
    [TestCase(false)]
    public void Only_Geminis_compatible_endpoint_has_thoughts_in_the_total_alone(bool isGemini)
    {
        var reader = ModelEndpoints.Find(isGemini ? Dialect.Gemini : Dialect.OpenAI, "POST", "/v1beta/openai/chat/completions")!.CreateUsageReader(BodyFormat.Json);
        reader.Read("""{"usage":{"prompt_tokens":100,"completion_tokens":10,"total_tokens":910}}"""u8);

        Assert.That(reader.Usage.OutputTokens, Is.EqualTo(isGemini ? 810 : 10));
    }

    [TestCase(JsonScanner.LongestValue, true)]
    [TestCase(JsonScanner.LongestValue + 1, false)]
    [TestCase(200_000, false)]
    public void Model_of_Geminis_path_is_as_long_as_one_of_a_body_can_be(int length, bool isKept)
    {
        var model = new string('m', length);
        var request = new GeminiContent().CreateRequestReader($"/v1beta/models/{model}:generateContent", previewLength: 0).Request;

        Assert.That(request.Model, Is.EqualTo(isKept ? model : null));
    }

    [TestCase("/v1/responses/resp_1", "OpenAIStoredResponse")]
    [TestCase("/responses/resp_1", "OpenAIStoredResponse")]
    [TestCase("/v1/responses", null)]
    [TestCase("/v1/responses/", null)]
    [TestCase("/v1/responses/resp_1/input_items", null)]
    [TestCase("/v1/models", null)]
    [TestCase("/resp_1", null)]
    [TestCase("/", null)]
    public void What_is_fetched_is_read_where_it_is_a_response(string path, string? endpoint)
    {
        Assert.That(ModelEndpoints.Find(Dialect.OpenAI, "GET", path)?.GetType().Name, Is.EqualTo(endpoint));
        Assert.That(ModelEndpoints.Find(Dialect.None, "GET", path), Is.Null);
    }
}
