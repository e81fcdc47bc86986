using Tracker.Proxy.Capture;

namespace Tracker.Proxy.Providers.OpenAI;

/// <summary>
/// <c>GET /v1/responses/{id}</c>: how a response that was asked for with <c>background: true</c> is fetched, and seen again
/// (platform.openai.com/docs/guides/background, seen 2026-11).
/// </summary>
internal sealed class OpenAIStoredResponse : IModelEndpoint
{
    public bool ShowsEarlierCall => true;

    /// <summary>Whether the path is that of one response.</summary>
    public static bool IsAt(ReadOnlySpan<char> path)
    {
        var id = path.LastIndexOf('/');
        return id > 0 && id + 1 < path.Length && path[..id].EndsWith("/responses", StringComparison.Ordinal);
    }

    public IRequestReader CreateRequestReader(ReadOnlySpan<char> path, int previewLength) => new JsonRequestReader(OpenAIResponses.Shape, previewLength);

    public IUsageReader CreateUsageReader(BodyFormat format) => new OpenAIResponsesUsageReader(format);
}
