using System.Globalization;
using Tracker.Proxy.Capture;
using Tracker.Storage.Usage;

namespace Tracker.Proxy.Providers.Ollama;

/// <summary>Ollama's own API (github.com/ollama/ollama/blob/main/docs/api.md, seen 2026-11): <c>/api/chat</c>, <c>/api/generate</c>, <c>/api/embed</c>. Answers have no id; the last line has the counts,
/// and leaves out one that is 0 (<c>omitempty</c> in api/types.go). The prompt's count contains what was read from the cache (docs.ollama.com/api/usage, ollama/ollama#17943, seen 2026-11-30).</summary>
internal sealed class OllamaChat : IModelEndpoint
{
    private static readonly RequestShape Shape = new() { Turn = "messages[]", Texts = ["messages[].content"], StreamsUnlessTold = true };

    public IRequestReader CreateRequestReader(ReadOnlySpan<char> path, int previewLength) => new JsonRequestReader(Shape, previewLength);

    public IUsageReader CreateUsageReader(BodyFormat format) => new UsageReader(format);

    private sealed class UsageReader(BodyFormat format) : DocumentUsageReader(format)
    {
        private readonly List<ToolCall> _toolCalls = [];
        private string? _model;
        private string? _reason;
        private long? _input;
        private long? _cached;
        private long? _output;
        private bool _isDone;
        private bool _isEmbedding;
        private bool _isError;

        public override ObservedUsage Usage => new()
        {
            DialectNamespace = "ollama",
            Model = _model,
            StopReason = _reason,
            IsFinal = (_isDone || _isEmbedding) && !_isError,
            IsError = _isError,
            InputTokens = (_input is { } input && _cached is { } cached ? Math.Max(0, input - cached) : _input) ?? (_isDone && _output is not null ? 0 : null),
            OutputTokens = _output ?? (_isEmbedding || (_isDone && _input is not null) ? 0 : null),
            CacheReadTokens = _cached,
            // Asked without a prompt (Ollama's documentation as sammcj/gollama#115 quotes it, seen 2026-11-30).
            RanNoModel = _reason is "load" or "unload" && _input is null && _output is null,
            ToolCalls = _toolCalls,
        };

        protected override void OnValue(ReadOnlySpan<byte> path, JsonScalar value)
        {
            if (path.SequenceEqual("model"u8))
            {
                _model = value.Word ?? _model;
            }
            else if (path.SequenceEqual("done"u8))
            {
                _isDone |= value.IsTrue;
            }
            else if (path.SequenceEqual("done_reason"u8))
            {
                _reason = value.Word ?? _reason;
            }
            else if (path.SequenceEqual("prompt_eval_count"u8))
            {
                _input = value.Count ?? _input;
            }
            else if (path.SequenceEqual("prompt_eval_cached_count"u8))
            {
                _cached = value.Count ?? _cached;
            }
            else if (path.SequenceEqual("eval_count"u8))
            {
                _output = value.Count ?? _output;
            }
            else if (path.SequenceEqual("error"u8))
            {
                _isError |= value.IsString;
            }
            else if (path.StartsWith("embeddings[]"u8))
            {
                _isEmbedding = true;
            }
            else if (path.SequenceEqual("message.tool_calls[].function.name"u8) && value.Word is { } name)
            {
                _toolCalls.AddBounded(new ToolCall((_toolCalls.Count + 1).ToString(CultureInfo.InvariantCulture), name));
            }

            HasContent |= value.Bytes.Length > 0 && (path.SequenceEqual("message.content"u8) || path.SequenceEqual("message.thinking"u8) || path.SequenceEqual("response"u8));
        }

        protected override void OnDocumentEnd() => IsComplete |= _isDone || _isError;

        protected override void OnBodyEnd() => IsComplete = true;
    }
}
