using Tracker.Proxy.Capture;
using Tracker.Storage.Usage;

namespace Tracker.Proxy.Providers.OpenAI;

/// <summary>
/// Usage of Chat Completions (platform.openai.com/docs/api-reference/chat, seen 2026-11). A stream has it in its last chunk, and only when the request
/// asked by <c>stream_options.include_usage</c>; else the counts stay unknown. Groq has it below <c>x_groq</c>, Moonshot's streams
/// in the choice that finishes, at times beside the usual place (earendil-works/pi#2017, 2026-03-10).
/// </summary>
/// <param name="format">What the answer is said to be.</param>
/// <param name="restIsReasoning">See <see cref="OpenAICounts"/>.</param>
internal sealed class OpenAIChatUsageReader(BodyFormat format, bool restIsReasoning = false) : DocumentUsageReader(format)
{
    private readonly OpenAICounts _counts = new(restIsReasoning);
    private readonly List<ToolCall> _toolCalls = [];
    private string? _responseId;
    private string? _model;
    private string? _finishReason;
    private string? _serviceTier;
    private string? _toolId;
    private string? _toolName;
    private bool _isError;

    public override ObservedUsage Usage => new()
    {
        DialectNamespace = OpenAIChat.Namespace,
        ResponseId = _responseId,
        Model = _model,
        StopReason = _finishReason,
        IsFinal = _finishReason is not null && !_isError,
        IsError = _isError,
        InputTokens = _counts.Input,
        OutputTokens = _counts.Output,
        ReasoningTokens = _counts.Reasoning,
        CacheReadTokens = _counts.CacheRead,
        CacheCreation5mTokens = _counts.CacheCreation.FiveMinutes,
        CacheCreation1hTokens = _counts.CacheCreation.OneHour,
        WebSearchRequests = _counts.WebSearches,
        ServiceTier = _serviceTier,
        ToolCalls = _toolCalls,
    };

    protected override ReadOnlySpan<byte> Done => "[DONE]"u8;

    private ReadOnlySpan<byte> Message => IsStream ? "choices[].delta."u8 : "choices[].message."u8;

    protected override void OnValue(ReadOnlySpan<byte> path, JsonScalar value)
    {
        if (path.StartsWith("usage."u8))
        {
            _counts.Set(path["usage.".Length..], value);
        }
        else if (path.StartsWith("x_groq.usage."u8))
        {
            _counts.Set(path["x_groq.usage.".Length..], value);
        }
        else if (path.StartsWith("choices[].usage."u8))
        {
            _counts.Set(path["choices[].usage.".Length..], value);
        }
        else if (path.SequenceEqual("id"u8))
        {
            _responseId = value.Text ?? _responseId;
        }
        else if (path.SequenceEqual("model"u8))
        {
            _model = value.Word ?? _model;
        }
        else if (path.SequenceEqual("service_tier"u8))
        {
            _serviceTier = value.Word ?? _serviceTier;
        }
        else if (path.SequenceEqual("choices[].finish_reason"u8))
        {
            _finishReason = value.Word ?? _finishReason;
        }
        else if (path.SequenceEqual("error"u8) || path.StartsWith("error."u8))
        {
            _isError |= value.IsString;
        }
        else if (path.StartsWith(Message))
        {
            ReadMessage(path[Message.Length..], value);
        }
        else if (path.SequenceEqual("choices[].text"u8))
        {
            HasContent |= value.Bytes.Length > 0;
        }
    }

    protected override void OnObjectEnd(ReadOnlySpan<byte> path)
    {
        if (path.StartsWith(Message) && path[Message.Length..].SequenceEqual("tool_calls[]"u8))
        {
            if (_toolId is not null && _toolName is not null)
            {
                _toolCalls.AddBounded(new ToolCall(_toolId, _toolName));
            }

            (_toolId, _toolName) = (null, null);
        }
    }

    protected override void OnDocumentEnd()
    {
    }

    protected override void OnBodyEnd() => IsComplete = _finishReason is not null || _isError;

    private void ReadMessage(ReadOnlySpan<byte> field, JsonScalar value)
    {
        if (field.SequenceEqual("tool_calls[].id"u8))
        {
            _toolId = value.Text;
        }
        else if (field.SequenceEqual("tool_calls[].function.name"u8))
        {
            _toolName = value.Word;
        }

        HasContent |= value.IsString && value.Bytes.Length > 0 && !field.SequenceEqual("role"u8);
    }
}
