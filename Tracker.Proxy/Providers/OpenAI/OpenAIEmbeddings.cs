using Tracker.Proxy.Capture;

namespace Tracker.Proxy.Providers.OpenAI;

/// <summary>Embeddings: they have no id and put out no tokens.</summary>
internal sealed class OpenAIEmbeddings : IModelEndpoint
{
    private static readonly RequestShape Shape = new();

    public IRequestReader CreateRequestReader(ReadOnlySpan<char> path, int previewLength) => new JsonRequestReader(Shape, previewLength);

    public IUsageReader CreateUsageReader(BodyFormat format) => new UsageReader(format);

    private sealed class UsageReader(BodyFormat format) : DocumentUsageReader(format)
    {
        private readonly OpenAICounts _counts = new();
        private string? _model;
        private bool _isFinal;

        public override ObservedUsage Usage => new()
        {
            DialectNamespace = OpenAIChat.Namespace,
            Model = _model,
            IsFinal = _isFinal,
            InputTokens = _counts.Input,
            OutputTokens = _counts.Input is null ? null : 0,
            CacheReadTokens = _counts.CacheRead,
        };

        protected override void OnValue(ReadOnlySpan<byte> path, JsonScalar value)
        {
            if (path.StartsWith("usage."u8))
            {
                _counts.Set(path["usage.".Length..], value);
            }
            else if (path.SequenceEqual("model"u8))
            {
                _model = value.Word;
            }
        }

        protected override void OnDocumentEnd() => _isFinal = true;

        protected override void OnBodyEnd() => IsComplete = true;
    }
}
