using Tracker.Proxy.Capture;

namespace Tracker.Proxy.Providers.OpenAI;

/// <summary>The Responses API.</summary>
internal sealed class OpenAIResponses : IModelEndpoint
{
    /// <summary>A message that asks for a response on a WebSocket has the shape of a request too.</summary>
    public static readonly RequestShape Shape = new()
    {
        System = ["instructions"],
        Turn = "input[]",
        Texts = ["input[].content", "input[].content[].text"],
    };

    public IRequestReader CreateRequestReader(ReadOnlySpan<char> path, int previewLength) => new JsonRequestReader(Shape, previewLength);

    public IUsageReader CreateUsageReader(BodyFormat format) => new OpenAIResponsesUsageReader(format);
}
