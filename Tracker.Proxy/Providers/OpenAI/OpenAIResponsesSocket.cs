using Tracker.Proxy.Capture;

namespace Tracker.Proxy.Providers.OpenAI;

/// <summary>
/// The Responses API over a WebSocket. Experimental: what is assumed of its messages is in docs/adr/0011-websockets-and-http2.md. A response is always
/// streamed there, and <c>stream</c> need not be told.
/// </summary>
internal sealed class OpenAIResponsesSocket : IModelEndpoint
{
    public IRequestReader CreateRequestReader(ReadOnlySpan<char> path, int previewLength) => new JsonRequestReader(OpenAIResponses.Shape, previewLength, streamed: true);

    public IUsageReader CreateUsageReader(BodyFormat format) => new OpenAIResponsesUsageReader(format);
}
