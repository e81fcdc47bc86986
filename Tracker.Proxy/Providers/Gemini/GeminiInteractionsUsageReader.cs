using Tracker.Proxy.Capture;
using Tracker.Storage.Usage;

namespace Tracker.Proxy.Providers.Gemini;

/// <summary>
/// Usage of the Interactions API (ai.google.dev/gemini-api/docs/interactions and its page on streaming, seen 2026-11). A plain answer is one interaction;
/// a stream has it in its last event, <c>interaction.completed</c> (<c>.complete</c> before 2026-05). The input contains what was cached; thoughts are
/// not in the output, nor what a tool fed to the model in the input: Google's examples add up to <c>total_tokens</c> so. Searches are billed by the query
/// (<c>grounding_tool_count</c>, as public clients of the API read it, seen 2026-11).
/// </summary>
internal sealed class GeminiInteractionsUsageReader(BodyFormat format) : DocumentUsageReader(format)
{
    private readonly List<ToolCall> _toolCalls = [];
    private string? _event;
    private string? _responseId;
    private string? _model;
    private string? _agent;
    private string? _status;
    private string? _serviceTier;
    private string? _stepType;
    private string? _stepId;
    private string? _stepName;
    private long? _input;
    private long? _toolUse;
    private long? _cached;
    private long? _output;
    private long? _thoughts;
    private string? _groundingTool;
    private long? _groundingCount;
    private long? _searchesHere;
    private long? _searches;
    private bool _isError;

    public override ObservedUsage Usage => new()
    {
        DialectNamespace = GeminiContent.Namespace,
        ResponseId = _responseId,
        Model = _model ?? _agent,
        StopReason = _status is "in_progress" ? null : _status, // What goes on in the background has not stopped.
        IsFinal = _status is "completed" or "requires_action" or "incomplete" && !_isError,
        IsError = _isError || _status == "failed",
        InputTokens = _input is null && _toolUse is null ? null : Math.Max(0, (_input ?? 0) - (_cached ?? 0)) + (_toolUse ?? 0),
        OutputTokens = _output is null && _thoughts is null ? (_input is null ? null : 0) : (_output ?? 0) + (_thoughts ?? 0),
        ReasoningTokens = _thoughts,
        CacheReadTokens = _cached,
        WebSearchRequests = _searches,
        ServiceTier = _serviceTier,
        ToolCalls = _toolCalls,
    };

    protected override ReadOnlySpan<byte> Done => "[DONE]"u8;

    private ReadOnlySpan<byte> Interaction => IsStream ? "interaction."u8 : default;

    private ReadOnlySpan<byte> Step => IsStream ? "step."u8 : "steps[]."u8;

    protected override void OnValue(ReadOnlySpan<byte> path, JsonScalar value)
    {
        if (IsStream && path.StartsWith("delta."u8))
        {
            HasContent = true;
            SkipDocument();
        }
        else if (IsStream && path.SequenceEqual("event_type"u8))
        {
            _event = value.Word;
        }
        else if (path.StartsWith("error."u8))
        {
            _isError = true;
        }
        else if (path.StartsWith(Step))
        {
            ReadStep(path[Step.Length..], value);
        }
        else if (path.StartsWith("metadata.total_usage."u8))
        {
            ReadCount(path["metadata.total_usage.".Length..], value); // Any event may have it: what has been used until then.
        }
        else if (path.StartsWith(Interaction))
        {
            ReadInteraction(path[Interaction.Length..], value);
        }
    }

    protected override void OnObjectEnd(ReadOnlySpan<byte> path)
    {
        if (path.SequenceEqual(Step[..^1]))
        {
            // function_call, and those of Google's own tools.
            if (_stepType?.EndsWith("_call", StringComparison.Ordinal) == true && _stepId is not null)
            {
                _toolCalls.AddBounded(new ToolCall(_stepId, _stepName ?? _stepType));
            }

            (_stepType, _stepId, _stepName) = (null, null, null);
        }
        else if (path.EndsWith("usage.grounding_tool_count[]"u8))
        {
            if (_groundingTool == "google_search" && _groundingCount is { } count)
            {
                _searchesHere = (_searchesHere ?? 0) + count;
            }

            (_groundingTool, _groundingCount) = (null, null);
        }
    }

    protected override void OnDocumentEnd()
    {
        _searches = _searchesHere ?? _searches;
        IsComplete |= IsStream && (_event is "interaction.completed" or "interaction.complete" || _isError);
    }

    protected override void OnReset() =>
        (_event, _stepType, _stepId, _stepName, _groundingTool, _groundingCount, _searchesHere) = (null, null, null, null, null, null, null);

    protected override void OnBodyEnd() => IsComplete = true;

    private void ReadInteraction(ReadOnlySpan<byte> field, JsonScalar value)
    {
        if (field.StartsWith("usage."u8))
        {
            ReadCount(field["usage.".Length..], value);
        }
        else if (field.SequenceEqual("id"u8))
        {
            _responseId = value.Text ?? _responseId;
        }
        else if (field.SequenceEqual("model"u8))
        {
            _model = value.Word ?? _model;
        }
        else if (field.SequenceEqual("agent"u8))
        {
            _agent = value.Word ?? _agent;
        }
        else if (field.SequenceEqual("status"u8))
        {
            _status = value.Word ?? _status;
        }
        else if (field.SequenceEqual("service_tier"u8))
        {
            _serviceTier = value.Word ?? _serviceTier;
        }
    }

    private void ReadCount(ReadOnlySpan<byte> field, JsonScalar value)
    {
        if (field.SequenceEqual("total_input_tokens"u8))
        {
            _input = value.Count ?? _input;
        }
        else if (field.SequenceEqual("total_output_tokens"u8))
        {
            _output = value.Count ?? _output;
        }
        else if (field.SequenceEqual("total_thought_tokens"u8))
        {
            _thoughts = value.Count ?? _thoughts;
        }
        else if (field.SequenceEqual("total_cached_tokens"u8))
        {
            _cached = value.Count ?? _cached;
        }
        else if (field.SequenceEqual("total_tool_use_tokens"u8))
        {
            _toolUse = value.Count ?? _toolUse;
        }
        else if (field.SequenceEqual("grounding_tool_count[].type"u8))
        {
            _groundingTool = value.Word;
        }
        else if (field.SequenceEqual("grounding_tool_count[].count"u8))
        {
            _groundingCount = value.Count;
        }
    }

    private void ReadStep(ReadOnlySpan<byte> field, JsonScalar value)
    {
        if (field.SequenceEqual("type"u8))
        {
            _stepType = value.Word;
        }
        else if (field.SequenceEqual("id"u8))
        {
            _stepId = value.Text;
        }
        else if (field.SequenceEqual("name"u8))
        {
            _stepName = value.Word;
        }
    }
}
