using Tracker.Proxy.Capture;

namespace Tracker.Proxy.Providers.OpenAI;

/// <summary>
/// Embeddings, which have no id and put out no tokens, and decisions (classification and scores, <c>/v1/decisions</c>), which have no id either (the types of the SDK openai 7.59.0, seen 2026-12). OpenRouter answers an error of the model with status 200 (openrouter.ai/docs/api/reference/errors-and-debugging, seen 2026-11).
/// </summary>
internal sealed class OpenAIEmbeddings : IModelEndpoint
{
    private static readonly RequestShape Shape = new();

    public IRequestReader CreateRequestReader(ReadOnlySpan<char> path, int previewLength) => new JsonRequestReader(Shape, previewLength);

    public IUsageReader CreateUsageReader(BodyFormat format) => new UsageReader(format);

    private sealed class UsageReader(BodyFormat format) : DocumentUsageReader(format)
    {
        private readonly OpenAICounts _counts = new();
        private string? _model;
        private bool _isWhole;
        private bool _isError;

        public override ObservedUsage Usage => new()
        {
            DialectNamespace = OpenAIChat.Namespace,
            Model = _model,
            IsFinal = _isWhole && !_isError,
            IsError = _isError,
            InputTokens = Input,
            OutputTokens = _counts.Output ?? (Input is null ? null : 0),
            ReasoningTokens = _counts.Reasoning,
            CacheReadTokens = _counts.CacheRead,
            CacheCreation5mTokens = _counts.CacheCreation.FiveMinutes,
            CacheCreation1hTokens = _counts.CacheCreation.OneHour,
        };

        // Voyage tells the total alone (its SDK voyageai 0.0.4, MultimodalEmbedResponseUsage, seen 2026-11-30), and there is nothing but input in it.
        private long? Input => _counts.Input ?? _counts.Total;

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
            else if (path.SequenceEqual("error"u8) || path.StartsWith("error."u8))
            {
                _isError |= value.IsString;
            }
        }

        protected override void OnDocumentEnd() => _isWhole = true;

        protected override void OnBodyEnd() => IsComplete = true;
    }
}
