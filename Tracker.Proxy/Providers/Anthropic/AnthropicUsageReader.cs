using Tracker.Proxy.Capture;
using Tracker.Storage.Usage;

namespace Tracker.Proxy.Providers.Anthropic;

/// <summary>
/// Usage of the Messages API (platform.claude.com/docs/en/api/messages, seen 2026-11). A plain answer is one <c>message</c> object. A stream has the
/// input and the first output count in <c>message_start</c>; the counts of <c>message_delta</c> are cumulative and replace them, field by field. Where a model declines in the midst of
/// its answer and another steps in (<c>fallbacks</c>), a block <c>fallback</c> names that one, and the counts of <c>message_delta</c> are that one's alone, zeros too: what <c>message_start</c>
/// told is the first one's (Claude Code 2.1.332 and the SDK in it, earendil-works/pi#9074, seen 2026-11-30).
/// </summary>
internal sealed class AnthropicUsageReader(BodyFormat format) : DocumentUsageReader(format)
{
    private readonly AnthropicCounts _counts = new();
    private readonly List<ToolCall> _toolCalls = [];

    private AnthropicIterations? _iterations; // Only for an answer that has some.
    private string? _responseId;
    private string? _model;
    private string? _stopReason;
    private EventKind _event;
    private string? _eventStopReason;
    private string? _blockType;
    private string? _blockId;
    private string? _blockName;
    private string? _blockTo;
    private string? _steppedIn;
    private bool _hasBegun;
    private bool _isFinal;
    private bool _isError;

    private enum EventKind
    {
        Unknown,
        MessageStart,
        ContentBlockStart,
        ContentBlockDelta,
        MessageDelta,
        MessageStop,
        Message,
        Error,
    }

    public override ObservedUsage Usage
    {
        get
        {
            var tokens = _iterations is null ? _counts.Tokens : _iterations.WithSplitOf(_iterations.HasFallback ? _counts.LastTokens : _counts.Tokens);
            // A plain answer names the one that served.
            var model = IsStream ? _steppedIn ?? _iterations?.FallbackModel ?? _model : _model;
            return new ObservedUsage
            {
                DialectNamespace = AnthropicMessages.Namespace,
                ResponseId = _responseId,
                Model = model,
                ModelSteppedIn = model is not null && (_steppedIn is not null || _iterations?.HasFallback == true),
                StopReason = _stopReason,
                IsFinal = _isFinal,
                IsError = _isError,
                InputTokens = tokens.Input,
                OutputTokens = tokens.Output,
                ReasoningTokens = _counts.Reasoning,
                CacheReadTokens = tokens.CacheRead,
                CacheCreation5mTokens = tokens.CacheCreation.FiveMinutes,
                CacheCreation1hTokens = tokens.CacheCreation.OneHour,
                WebSearchRequests = _counts.WebSearches,
                ServiceTier = _counts.ServiceTier,
                Speed = _counts.Speed,
                InferenceGeo = _counts.InferenceGeo,
                ToolCalls = _toolCalls,
                IterationsApart = _iterations?.Apart ?? [],
            };
        }
    }

    protected override bool IsContentAlone(ReadOnlySpan<byte> beginning) => beginning.StartsWith("{\"type\":\"content_block_delta\","u8);

    protected override void OnValue(ReadOnlySpan<byte> path, JsonScalar value)
    {
        if (path.StartsWith("usage."u8))
        {
            ReadUsage(path["usage.".Length..], value);
        }
        else if (path.StartsWith("message.usage."u8))
        {
            ReadUsage(path["message.usage.".Length..], value);
        }
        else if (path.SequenceEqual("type"u8))
        {
            _event = KindOf(value);
            if (_event == EventKind.ContentBlockDelta && IsStream)
            {
                SkipDocument();
            }
        }
        else if (path.SequenceEqual("message.id"u8) || (!IsStream && path.SequenceEqual("id"u8)))
        {
            _responseId = value.Text;
        }
        else if (path.SequenceEqual("message.model"u8) || (!IsStream && path.SequenceEqual("model"u8)))
        {
            _model = value.Word;
        }
        else if (path.SequenceEqual("delta.stop_reason"u8) || (!IsStream && path.SequenceEqual("stop_reason"u8)))
        {
            _eventStopReason = value.Word;
        }
        else
        {
            ReadBlock(path, value);
        }
    }

    protected override void OnObjectEnd(ReadOnlySpan<byte> path)
    {
        if (path.SequenceEqual("content[]"u8))
        {
            EndBlock();
        }
        else if (path.SequenceEqual("usage.iterations[]"u8) || path.SequenceEqual("message.usage.iterations[]"u8))
        {
            _iterations?.EndEntry();
        }
    }

    private static EventKind KindOf(JsonScalar type) => type switch
    {
        _ when type.Is("content_block_delta"u8) => EventKind.ContentBlockDelta,
        _ when type.Is("content_block_start"u8) => EventKind.ContentBlockStart,
        _ when type.Is("message_start"u8) => EventKind.MessageStart,
        _ when type.Is("message_delta"u8) => EventKind.MessageDelta,
        _ when type.Is("message_stop"u8) => EventKind.MessageStop,
        _ when type.Is("message"u8) => EventKind.Message,
        _ when type.Is("error"u8) => EventKind.Error,
        _ => EventKind.Unknown,
    };

    private void ReadUsage(ReadOnlySpan<byte> field, JsonScalar value)
    {
        if (field.StartsWith("iterations[]."u8))
        {
            _iterations ??= new AnthropicIterations();
            _iterations.Set(field["iterations[].".Length..], value);
        }
        else
        {
            _counts.Set(field, value);
        }
    }

    private void ReadBlock(ReadOnlySpan<byte> path, JsonScalar value)
    {
        ReadOnlySpan<byte> block = !IsStream ? "content[]."u8 : "content_block."u8;
        if (!path.StartsWith(block))
        {
            return;
        }

        var field = path[block.Length..];
        if (field.SequenceEqual("type"u8))
        {
            _blockType = value.Word;
        }
        else if (field.SequenceEqual("id"u8))
        {
            _blockId = value.Text;
        }
        else if (field.SequenceEqual("name"u8))
        {
            _blockName = value.Word;
        }
        else if (field.SequenceEqual("to.model"u8))
        {
            _blockTo = value.Word;
        }
    }

    private void EndBlock()
    {
        // tool_use, server_tool_use and mcp_tool_use.
        if (_blockType?.EndsWith("tool_use", StringComparison.Ordinal) == true && _blockId is not null && _blockName is not null)
        {
            _toolCalls.AddBounded(new ToolCall(_blockId, _blockName));
        }

        if (_blockType == "fallback" && _blockTo is not null)
        {
            _steppedIn = _blockTo;
            if (IsStream)
            {
                _counts.ForgetTokens();
            }
        }

        (_blockType, _blockId, _blockName, _blockTo) = (null, null, null, null);
    }

    protected override void OnReset()
    {
        (_event, _eventStopReason, _blockType, _blockId, _blockName, _blockTo) = (EventKind.Unknown, null, null, null, null, null);
        _iterations?.EndList();
    }

    protected override void OnBodyEnd() => IsComplete = _isFinal || _isError;

    protected override void OnDocumentEnd()
    {
        switch (_event)
        {
            case EventKind.MessageStart:
                _hasBegun = true;
                break;
            case EventKind.ContentBlockStart:
                EndBlock();
                break;
            case EventKind.ContentBlockDelta:
                HasContent = true;
                break;
            case EventKind.MessageDelta or EventKind.Message:
                _stopReason = _eventStopReason ?? _stopReason;
                _isFinal |= _eventStopReason is not null;
                break;
            case EventKind.MessageStop:
                // Without a message_start there was nothing to stop. It may have no id: a compatible server's.
                _isFinal |= _hasBegun;
                IsComplete = true;
                break;
            case EventKind.Error:
                _isError = true;
                break;
        }
    }
}
