using Tracker.Proxy.Capture;

namespace Tracker.Proxy.Providers.Gemini;

/// <summary>The Gemini API: <c>/v1beta/models/&lt;model&gt;:generateContent</c> and its streamed and embedding forms. The model is in the path; embeddings have it in the body too, as <c>models/…</c> (pub.dev/documentation/google_cloud_ai_generativelanguage_v1beta, embedContent, seen 2026-11-30).</summary>
internal sealed class GeminiContent : IModelEndpoint
{
    /// <summary>Of <c>responseId</c>.</summary>
    public const string Namespace = "gemini";

    private static readonly RequestShape Shape = new() { ModelPrefix = "models/", System = ["systemInstruction.parts[].text"], Turn = "contents[]", Texts = ["contents[].parts[].text"] };

    /// <summary>Whether the path asks for content or an embedding.</summary>
    public static bool Runs(ReadOnlySpan<char> path) => Method(path) is "generateContent" or "streamGenerateContent" or "embedContent" or "batchEmbedContents";

    public IRequestReader CreateRequestReader(ReadOnlySpan<char> path, int previewLength) =>
        new JsonRequestReader(Shape, previewLength, Model(path), streamed: Method(path) is "streamGenerateContent");

    public IUsageReader CreateUsageReader(BodyFormat format) => new GeminiUsageReader(format);

    private static ReadOnlySpan<char> Method(ReadOnlySpan<char> path)
    {
        var colon = path.LastIndexOf(':');
        return colon > path.LastIndexOf('/') ? path[(colon + 1)..] : default;
    }

    // As long as one in a body can be.
    private static string? Model(ReadOnlySpan<char> path)
    {
        var model = path[(path.LastIndexOf('/') + 1)..path.LastIndexOf(':')];
        return model.Length > JsonScanner.LongestValue ? null : Uri.UnescapeDataString(model);
    }
}
