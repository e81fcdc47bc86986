using Tracker.Proxy.Capture;

namespace Tracker.Proxy.Providers.Anthropic;

/// <summary>The Messages API, <c>/v1/messages</c>. Counting tokens, batches and models run nothing.</summary>
internal sealed class AnthropicMessages : IModelEndpoint
{
    /// <summary>Of the ids <c>msg_…</c>.</summary>
    public const string Namespace = "anthropic";

    private static readonly RequestShape Shape = new()
    {
        Session = "metadata.user_id",
        SessionOf = ClaudeCodeUserId.SessionOf,
        System = ["system", "system[].text"],
        Turn = "messages[]",
        Texts = ["messages[].content", "messages[].content[].text"],
    };

    public IRequestReader CreateRequestReader(ReadOnlySpan<char> path, int previewLength) => new JsonRequestReader(Shape, previewLength);

    public IUsageReader CreateUsageReader(BodyFormat format) => new AnthropicUsageReader(format);
}
