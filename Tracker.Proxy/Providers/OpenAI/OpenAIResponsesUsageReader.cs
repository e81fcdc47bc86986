using Tracker.Proxy.Capture;
using Tracker.Storage.Usage;

namespace Tracker.Proxy.Providers.OpenAI;

/// <summary>
/// Usage of the Responses API (platform.openai.com/docs/api-reference/responses, seen 2026-11). A plain answer is one <c>response</c> object; a stream has
/// it in its last event, <c>response.completed</c>, <c>.incomplete</c> or <c>.failed</c>. What <c>/responses/compact</c> answers has no status
/// (platform.openai.com/docs/api-reference/responses/compact, seen 2026-11), and ChatGPT's backend gives Codex nothing but the items: it is over when it is whole.
/// OpenRouter answers an error of the model with status 200, or with an event that has no type (openrouter.ai/docs/api/reference/errors-and-debugging, seen 2026-11).
/// </summary>
internal sealed class OpenAIResponsesUsageReader(BodyFormat format) : DocumentUsageReader(format)
{
    private readonly bool _errorEndsIt = format == BodyFormat.Messages;
    private readonly OpenAICounts _counts = new();
    private readonly List<ToolCall> _toolCalls = [];
    private string? _event;
    private string? _responseId;
    private string? _model;
    private long? _createdAt;
    private string? _status;
    private string? _reason;
    private string? _serviceTier;
    private string? _itemType;
    private string? _itemId;
    private string? _itemName;
    private string? _itemAction;
    private HashSet<string>? _searches; // Their ids. An answer without one does not say that there was none to pay for: null, not 0.
    private bool _hasItems;
    private bool _isInBackground;
    private bool _isCompaction;
    private bool _isError;
    private bool _documentHasError;
    private long? _documentStatus;
    private int? _errorStatus;

    private bool IsGoingOn => _status is "queued" or "in_progress";

    public override ObservedUsage Usage => new()
    {
        DialectNamespace = OpenAIChat.Namespace,
        ResponseId = _responseId,
        Model = _model,
        CreatedAt = _createdAt is { } seconds ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null,
        // What goes on in the background has not stopped, and its tier is the one that was asked for ("auto").
        StopReason = _reason ?? (IsGoingOn ? null : _status),
        IsFinal = (_status is "completed" or "incomplete" || _isCompaction) && !_isError,
        IsError = _isError || _status == "failed",
        ErrorStatus = _errorStatus,
        InputTokens = _counts.Input,
        OutputTokens = _counts.Output,
        ReasoningTokens = _counts.Reasoning,
        CacheReadTokens = _counts.CacheRead,
        CacheCreation5mTokens = _counts.CacheCreation.FiveMinutes,
        CacheCreation1hTokens = _counts.CacheCreation.OneHour,
        WebSearchRequests = _counts.WebSearches ?? _searches?.Count,
        ServiceTier = IsGoingOn ? null : _serviceTier,
        ToolCalls = _toolCalls,
    };

    private bool IsDelta => _event?.EndsWith(".delta", StringComparison.Ordinal) == true;

    private ReadOnlySpan<byte> Response => IsStream ? "response."u8 : default;

    private ReadOnlySpan<byte> Item => IsStream ? "item."u8 : "output[]."u8;

    protected override bool IsContentAlone(ReadOnlySpan<byte> beginning)
    {
        if (!beginning.StartsWith("{\"type\":\""u8))
        {
            return false;
        }

        var type = beginning["{\"type\":\"".Length..];
        var end = type.IndexOfAny("\"\\"u8);
        return end >= 0 && type[end] == (byte)'"' && type[..end].EndsWith(".delta"u8);
    }

    protected override void OnValue(ReadOnlySpan<byte> path, JsonScalar value)
    {
        if (IsStream && path.SequenceEqual("type"u8))
        {
            _event = value.Word;
            if (IsDelta)
            {
                SkipDocument();
            }
        }
        else if (_errorEndsIt && (path.SequenceEqual("status"u8) || path.SequenceEqual("status_code"u8)))
        {
            _documentStatus = value.Count;
        }
        else if (path.SequenceEqual("error"u8) || path.StartsWith("error."u8))
        {
            _documentHasError |= value.IsString;
        }
        else if (path.StartsWith(Item))
        {
            ReadItem(path[Item.Length..], value);
        }
        else if (path.StartsWith(Response))
        {
            ReadResponse(path[Response.Length..], value);
        }
    }

    protected override void OnObjectEnd(ReadOnlySpan<byte> path)
    {
        // An item comes when it begins and when it is done, and once more in the last event.
        if (IsStream ? path.SequenceEqual("item"u8) && _event == "response.output_item.done" : path.SequenceEqual("output[]"u8))
        {
            // function_call, custom_tool_call, local_shell_call, mcp_call; what they return is a call's output.
            if (_itemType?.EndsWith("_call", StringComparison.Ordinal) == true && _itemId is not null)
            {
                _toolCalls.AddBounded(new ToolCall(_itemId, _itemName ?? _itemType));
                CountSearch(_itemId);
            }

            _hasItems = true;
            ResetItem();
        }
    }

    protected override void OnDocumentEnd()
    {
        HasContent |= IsDelta;
        // A stream of a response that runs in the background may break off with an error: the response goes on, and is fetched later.
        if ((_event == "error" && !(_isInBackground && IsGoingOn)) || (_event is null && _documentHasError))
        {
            _isError = true;
            _errorStatus = _documentStatus is >= 400 and < 600 ? (int)_documentStatus : _errorStatus;
        }

        IsComplete |= _event is "response.completed" or "response.incomplete" or "response.failed" || (_isError && _errorEndsIt);
    }

    protected override void OnReset()
    {
        (_event, _documentStatus, _documentHasError) = (null, null, false);
        ResetItem();
    }

    protected override void OnBodyEnd()
    {
        _isCompaction = !IsStream && _status is null && (_hasItems || _counts.Any);
        IsComplete = _status is "completed" or "incomplete" or "failed" || _isCompaction || _isError;
    }

    private void ResetItem() => (_itemType, _itemId, _itemName, _itemAction) = (null, null, null, null);

    // "Search actions incur a tool call cost"; to open a page or to find something in it does not (platform.openai.com/docs/guides/tools-web-search, seen 2026-11).
    private void CountSearch(string id)
    {
        if (_itemType == "web_search_call" && _itemAction is null or "search" && (_searches ??= []).Count < ToolCallList.Most)
        {
            _searches.Add(id);
        }
    }

    private void ReadResponse(ReadOnlySpan<byte> field, JsonScalar value)
    {
        if (field.StartsWith("usage."u8))
        {
            _counts.Set(field["usage.".Length..], value);
        }
        else if (field.SequenceEqual("id"u8))
        {
            _responseId = value.Text ?? _responseId;
        }
        else if (field.SequenceEqual("model"u8))
        {
            _model = value.Word ?? _model;
        }
        else if (field.SequenceEqual("created_at"u8))
        {
            _createdAt = value.Count ?? _createdAt;
        }
        else if (field.SequenceEqual("status"u8))
        {
            _status = value.Word ?? _status;
        }
        else if (field.SequenceEqual("background"u8))
        {
            _isInBackground |= value.IsTrue;
        }
        else if (field.SequenceEqual("service_tier"u8))
        {
            _serviceTier = value.Word ?? _serviceTier;
        }
        else if (field.SequenceEqual("incomplete_details.reason"u8))
        {
            _reason = value.Word ?? _reason;
        }
    }

    private void ReadItem(ReadOnlySpan<byte> field, JsonScalar value)
    {
        if (field.SequenceEqual("type"u8))
        {
            _itemType = value.Word;
        }
        else if (field.SequenceEqual("call_id"u8))
        {
            _itemId = value.Text;
        }
        else if (field.SequenceEqual("id"u8))
        {
            _itemId ??= value.Text; // Calls of the provider's own tools have no call_id.
        }
        else if (field.SequenceEqual("name"u8))
        {
            _itemName = value.Word;
        }
        else if (field.SequenceEqual("action.type"u8))
        {
            _itemAction = value.Word;
        }
    }
}
