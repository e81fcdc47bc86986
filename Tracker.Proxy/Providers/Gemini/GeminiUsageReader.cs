using System.Globalization;
using System.IO.Hashing;
using Tracker.Proxy.Capture;
using Tracker.Storage.Usage;

namespace Tracker.Proxy.Providers.Gemini;

/// <summary>
/// Usage of the Gemini API (ai.google.dev/api/generate-content#UsageMetadata, seen 2026-11). Every chunk has counts that grow; the last one is final. From a
/// finish reason on the answer is whole enough to count, but several chunks may have one (one for each candidate; in every chunk: BerriAI/litellm#2195,
/// 2024-02-26), so nothing but the body's end tells that there are no more counts. A stream is server-sent events, or without <c>alt=sse</c> one array of the same objects. The prompt's count contains what was
/// cached; thoughts are not in the candidates' count. The tier is in <c>serviceTier</c> (discuss.ai.google.dev/t/174074, a body of 2026-07-08) or in a header, on
/// Vertex in <c>trafficType</c> (docs.cloud.google.com, GenerateContentResponse.UsageMetadata.TrafficType, seen 2026-11).
/// </summary>
internal sealed class GeminiUsageReader(BodyFormat format) : DocumentUsageReader(format)
{
    private const int MostSearches = 1000;

    private readonly List<ToolCall> _toolCalls = [];
    private HashSet<ulong>? _searches; // Not the queries: they are the user's words.
    private string? _responseId;
    private string? _model;
    private string? _finishReason;
    private string? _serviceTier;
    private string? _functionId;
    private string? _functionName;
    private long? _prompt;
    private long? _toolPrompt;
    private long? _cached;
    private long? _candidates;
    private long? _thoughts;
    private bool _isEmbedding;
    private bool _isError;

    public override ObservedUsage Usage => new()
    {
        DialectNamespace = GeminiContent.Namespace,
        ResponseId = _responseId,
        Model = _model,
        StopReason = _finishReason,
        IsFinal = (_finishReason is not null || _isEmbedding) && !_isError,
        IsError = _isError,
        InputTokens = _prompt is null && _toolPrompt is null ? null : Math.Max(0, (_prompt ?? 0) - (_cached ?? 0)) + (_toolPrompt ?? 0),
        OutputTokens = _candidates is null && _thoughts is null ? (_prompt is null ? null : 0) : (_candidates ?? 0) + (_thoughts ?? 0),
        ReasoningTokens = _thoughts,
        CacheReadTokens = _cached,
        WebSearchRequests = _searches?.Count,
        ServiceTier = _serviceTier,
        ToolCalls = _toolCalls,
    };

    protected override void OnValue(ReadOnlySpan<byte> path, JsonScalar value)
    {
        if (path.StartsWith("[]."u8))
        {
            path = path["[].".Length..];
        }

        if (path.StartsWith("usageMetadata."u8))
        {
            ReadCount(path["usageMetadata.".Length..], value);
        }
        else if (path.StartsWith("candidates[]."u8))
        {
            ReadCandidate(path["candidates[].".Length..], value);
        }
        else if (path.SequenceEqual("responseId"u8))
        {
            _responseId = value.Text ?? _responseId;
        }
        else if (path.SequenceEqual("modelVersion"u8))
        {
            _model = value.Word ?? _model;
        }
        else if (path.SequenceEqual("promptFeedback.blockReason"u8))
        {
            _finishReason = value.Word ?? _finishReason; // Refused before any candidate.
        }
        else if (path.StartsWith("error."u8))
        {
            _isError = true;
        }
        else if (path.StartsWith("embedding"u8))
        {
            _isEmbedding = true;
        }
    }

    protected override void OnObjectEnd(ReadOnlySpan<byte> path)
    {
        if (path.EndsWith("candidates[].content.parts[].functionCall"u8))
        {
            if (_functionName is not null)
            {
                _toolCalls.AddBounded(new ToolCall(_functionId ?? (_toolCalls.Count + 1).ToString(CultureInfo.InvariantCulture), _functionName));
            }

            (_functionId, _functionName) = (null, null);
        }
    }

    protected override void OnDocumentEnd() => IsComplete |= IsStream && _isError;

    protected override void OnBodyEnd() => IsComplete = true;

    private void ReadCount(ReadOnlySpan<byte> field, JsonScalar value)
    {
        if (field.SequenceEqual("promptTokenCount"u8))
        {
            _prompt = value.Count ?? _prompt;
        }
        else if (field.SequenceEqual("candidatesTokenCount"u8))
        {
            _candidates = value.Count ?? _candidates;
        }
        else if (field.SequenceEqual("thoughtsTokenCount"u8))
        {
            _thoughts = value.Count ?? _thoughts;
        }
        else if (field.SequenceEqual("cachedContentTokenCount"u8))
        {
            _cached = value.Count ?? _cached;
        }
        else if (field.SequenceEqual("toolUsePromptTokenCount"u8))
        {
            _toolPrompt = value.Count ?? _toolPrompt;
        }
        else if (field.SequenceEqual("serviceTier"u8) || field.SequenceEqual("trafficType"u8))
        {
            _serviceTier = value.Word ?? _serviceTier;
        }
    }

    private void ReadCandidate(ReadOnlySpan<byte> field, JsonScalar value)
    {
        if (field.SequenceEqual("finishReason"u8))
        {
            _finishReason = value.Word ?? _finishReason;
        }
        else if (field.SequenceEqual("groundingMetadata.webSearchQueries[]"u8))
        {
            AddSearch(value);
        }
        else if (field.SequenceEqual("content.parts[].functionCall.name"u8))
        {
            _functionName = value.Word;
        }
        else if (field.SequenceEqual("content.parts[].functionCall.id"u8))
        {
            _functionId = value.Text;
        }

        HasContent |= field.StartsWith("content.parts[]."u8);
    }

    // Billed are the different queries that are not empty (discuss.ai.google.dev/t/168136, quoting Google's page on grounding, seen 2026-11); a stream may repeat them.
    private void AddSearch(JsonScalar value)
    {
        if (value.IsString && value.Bytes.Length > 0 && (_searches ??= []).Count < MostSearches)
        {
            _searches.Add(XxHash64.HashToUInt64(value.Bytes));
        }
    }
}
