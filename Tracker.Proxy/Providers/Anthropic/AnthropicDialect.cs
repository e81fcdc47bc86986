using Tracker.Proxy.Capture;

namespace Tracker.Proxy.Providers.Anthropic;

/// <summary>The Messages API: which requests run a model, and who reads them.</summary>
internal sealed class AnthropicDialect : IApiDialect
{
    public const string Namespace = "anthropic";

    /// <summary><c>/v1/messages</c> runs a model. <c>/v1/messages/count_tokens</c>, batches and models do not.</summary>
    public bool RunsModel(string method, ReadOnlySpan<char> path) => HttpMethods.IsPost(method) && path.SequenceEqual("/v1/messages");

    public IRequestReader CreateRequestReader(int previewLength) => new AnthropicRequestReader(previewLength);

    public IUsageReader CreateUsageReader(bool isEventStream) => new AnthropicUsageReader(isEventStream);
}
