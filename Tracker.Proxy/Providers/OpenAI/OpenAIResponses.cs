using Tracker.Proxy.Capture;

namespace Tracker.Proxy.Providers.OpenAI;

/// <summary>The Responses API. Codex's prompt cache key is its thread's id, opencode's its session's.</summary>
internal sealed class OpenAIResponses : IModelEndpoint
{
    /// <summary>A message that asks for a response on a WebSocket has the shape of a request too.</summary>
    public static readonly RequestShape Shape = new()
    {
        Session = "prompt_cache_key",
        Turn = "input[]",
        Texts = ["input[].content", "input[].content[].text"],
    };

    public IRequestReader CreateRequestReader(ReadOnlySpan<char> path, int previewLength) => new JsonRequestReader(Shape, previewLength);

    public IUsageReader CreateUsageReader(BodyFormat format) => new OpenAIResponsesUsageReader(format);
}
