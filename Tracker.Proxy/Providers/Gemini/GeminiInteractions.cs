using Tracker.Proxy.Capture;

namespace Tracker.Proxy.Providers.Gemini;

/// <summary>Google's newer API, <c>/v1beta/interactions</c>, for models and agents (ai.google.dev/gemini-api/docs/interactions, seen 2026-11). An agent is asked, and answers, as <c>agent</c> in place of <c>model</c> (agno-agi/agno#7975, seen 2026-11-30).</summary>
internal sealed class GeminiInteractions : IModelEndpoint
{
    private static readonly RequestShape Shape = new() { ModelElse = "agent", Turn = "input[]", Texts = ["input[].content", "input[].content[].text"] };

    public IRequestReader CreateRequestReader(ReadOnlySpan<char> path, int previewLength) => new JsonRequestReader(Shape, previewLength);

    public IUsageReader CreateUsageReader(BodyFormat format) => new GeminiInteractionsUsageReader(format);
}
