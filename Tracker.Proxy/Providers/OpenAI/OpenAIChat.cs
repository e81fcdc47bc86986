using Tracker.Proxy.Capture;

namespace Tracker.Proxy.Providers.OpenAI;

/// <summary>Chat Completions and the older Completions, of OpenAI and the many vendors and servers that speak them.</summary>
/// <param name="restIsReasoning">See <see cref="OpenAICounts"/>.</param>
internal sealed class OpenAIChat(bool restIsReasoning = false) : IModelEndpoint
{
    /// <summary>Of the ids <c>chatcmpl-…</c> and <c>resp_…</c>.</summary>
    public const string Namespace = "openai";

    private static readonly RequestShape Shape = new()
    {
        Turn = "messages[]",
        Texts = ["messages[].content", "messages[].content[].text"],
    };

    public IRequestReader CreateRequestReader(ReadOnlySpan<char> path, int previewLength) => new JsonRequestReader(Shape, previewLength);

    public IUsageReader CreateUsageReader(BodyFormat format) => new OpenAIChatUsageReader(format, restIsReasoning);
}
