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
    [TestCase("/v1beta/models/m:streamGenerateContent", "GeminiContent")]
    [TestCase("/v1beta/models/m:embedContent", "GeminiContent")]
    [TestCase("/v1beta/models/m:batchEmbedContents", "GeminiContent")]
    [TestCase("/v1/chat/completions", "OpenAIChat")]
    [TestCase("/v1/completions", "OpenAIChat")]
    [TestCase("/v1/fim/completions", "OpenAIChat")]
    [TestCase("/v1/sonar", "OpenAIChat")]
    [TestCase("/v1/embeddings", "OpenAIEmbeddings")]
    [TestCase("/openai/v1/decisions", "OpenAIEmbeddings")]
    [TestCase("/v1/messages", "AnthropicMessages")]
    [TestCase("/api/chat", "OllamaChat")]
    [TestCase("/api/generate", "OllamaChat")]
    [TestCase("/api/embed", "OllamaChat")]
    [TestCase("/v1/threads/t/messages", null)]
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

    [TestCase("/v1beta/openai/chat/completions", false, true)]
    [TestCase("/v1beta/openai/chat/completions", true, true)]
    [TestCase("/openai/chat/completions", true, true)]
    [TestCase("/openai/v1/chat/completions", false, false)]
    [TestCase("/v1/chat/completions", false, false)]
    public void Only_Geminis_compatible_endpoint_has_thoughts_in_the_total_alone(string path, bool isOfGeminisDialect, bool isGemini)
    {
        var reader = ModelEndpoints.Find(isOfGeminisDialect ? Dialect.Gemini : Dialect.OpenAI, "POST", path)!.CreateUsageReader(BodyFormat.Json);
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

    // Google's samples have the prefix in the body, clients leave it out.
    [TestCase("{\"model\":\"models/gemini-embedding-001\"}")]
    [TestCase("{}")]
    public void Embedding_model_has_one_name_wherever_it_is_told(string body)
    {
        var request = new GeminiContent().CreateRequestReader("/v1beta/models/gemini-embedding-001:embedContent", previewLength: 0);
        request.Read(System.Text.Encoding.UTF8.GetBytes(body));

        Assert.That(request.Request.Model, Is.EqualTo("gemini-embedding-001"));
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
