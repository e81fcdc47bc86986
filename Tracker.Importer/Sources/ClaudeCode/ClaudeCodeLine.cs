using Tracker.Storage.Usage;

namespace Tracker.Importer.Sources.ClaudeCode;

/// <summary>The fields of one transcript line that tell of a model call, and the record they make. Holds one line after the other.</summary>
internal sealed class ClaudeCodeLine
{
    // A line tells nothing that the lines of one sub-agent share and those of another do not. Ids of sub-agents are hexadecimal: with one, the smaller wins, and that is the id.
    private const string UnnamedAgent = "sidechain";

    private readonly List<ToolCall> _toolCalls = [];
    private string? _keyOf;
    private UsageKey _key;

    // Of the answer without an id that was read last: the id of its last line, and its key.
    private string? _namelessEnd;
    private UsageKey _nameless;

    public string? Type { get; set; }

    public string? Timestamp { get; set; }

    /// <summary>What <see cref="Timestamp"/> says, where that was read already.</summary>
    public DateTimeOffset? Time { get; set; }

    public string? SessionId { get; set; }

    public string? AgentId { get; set; }

    public string? RequestId { get; set; }

    /// <summary>The line's own id.</summary>
    public string? Uuid { get; set; }

    public string? ParentUuid { get; set; }

    public string? Cwd { get; set; }

    public bool IsApiError { get; set; }

    /// <summary>The line is a sub-agent's. 1.0 writes these into the session's file, and does not name the sub-agent.</summary>
    public bool IsSidechain { get; set; }

    public string? MessageId { get; set; }

    public string? Model { get; set; }

    public string? StopReason { get; set; }

    public string? ServiceTier { get; set; }

    public string? Speed { get; set; }

    public string? InferenceGeo { get; set; }

    public ClaudeCodeCounts Counts { get; set; }

    public UsageIterations Iterations { get; } = new();

    public List<ToolCall> ToolCalls => _toolCalls;

    /// <summary>The line before an error text: if it is an answer, that answer broke off. 2.1 then writes a stop reason all the same, with the counts of the beginning.</summary>
    public string? BrokenParent => IsApiError ? ParentUuid : null;

    /// <summary>Forgets the line before.</summary>
    public void Clear()
    {
        _toolCalls.Clear();
        Iterations.Clear();
        (Type, Timestamp, Time, SessionId, AgentId, RequestId, Uuid, ParentUuid, Cwd, IsApiError) = (null, null, null, null, null, null, null, null, null, false);
        (MessageId, Model, StopReason, ServiceTier, Speed, InferenceGeo, Counts) = (null, null, null, null, null, null, default);
        IsSidechain = false;
    }

    /// <param name="client">The client of the record.</param>
    /// <returns>Null when the line is not the answer of a model.</returns>
    /// <exception cref="FormatException">The answer has no time or nothing that identifies it.</exception>
    public UsageRecord? ToRecord(string client)
    {
        // Error texts and local replies are written as answers of a model named <synthetic>.
        if (Type != "assistant" || !Counts.AreThere || IsApiError || Model == "<synthetic>")
        {
            return null;
        }

        var time = Time ?? LogTime.Parse(Timestamp);
        var isComplete = StopReason is not null;
        var tokens = Iterations.WithSplitOf((Counts with { CacheRead = Counts.CacheRead ?? 0, CacheCreation = Counts.CacheCreation ?? 0 }).Tokens);
        var model = Known(Iterations.FallbackModel) ?? Known(Model);
        return new UsageRecord
        {
            Key = Key(client),
            Evidence = Evidence.Transcript,
            Quality = isComplete ? CountQuality.Exact : CountQuality.Partial,
            Outcome = isComplete ? CallOutcome.Completed : CallOutcome.Incomplete,
            OccurredAt = time,
            Provider = Provider(),
            Client = client,
            ResponseModel = model,
            ModelSteppedIn = Iterations.HasFallback && model is not null ? true : null,
            InputTokens = tokens.Input,
            OutputTokens = tokens.Output,
            ReasoningTokens = Counts.Reasoning,
            CacheReadTokens = tokens.CacheRead,
            CacheCreation5mTokens = tokens.CacheCreation.FiveMinutes,
            CacheCreation1hTokens = tokens.CacheCreation.OneHour,
            WebSearchRequests = Counts.WebSearches,
            StopReason = Known(StopReason),
            RequestId = Known(RequestId),
            SessionId = Known(SessionId),
            AgentId = Known(AgentId) ?? (IsSidechain ? UnnamedAgent : null),
            Project = Known(Cwd),
            ServiceTier = Known(ServiceTier),
            Speed = Known(Speed),
            InferenceGeo = InferenceGeo == "not_available" ? null : Known(InferenceGeo),
            ToolCalls = _toolCalls.Count == 0 ? [] : [.. _toolCalls],
        };
    }

    // An empty text would hide what the wire knows: of two the merge takes the smaller.
    private static string? Known(string? text) => text is { Length: > 0 } ? text : null;

    private UsageKey Key(string client)
    {
        if (MessageId is not null && ReferenceEquals(MessageId, _keyOf))
        {
            return _key; // The lines of one answer follow each other.
        }

        if (UsageKey.TryFromResponseId("anthropic", MessageId, out var key))
        {
            (_keyOf, _key) = (MessageId, key);
            return key;
        }

        // A local server that counts its answers: the id alone would repeat. Converters from other APIs hand on an empty one.
        return Known(MessageId) is { } id && (Known(RequestId) ?? Known(SessionId)) is { } within ? UsageKey.OfTranscript(client, $"{id}:{within}") : KeyOfNameless(client);
    }

    // Its lines, one for each block, name each the one before. Between two answers stands a line of the user's or a tool's.
    private UsageKey KeyOfNameless(string client)
    {
        var uuid = Known(Uuid) ?? throw new FormatException("has neither a message id nor a uuid");
        if (_namelessEnd is null || ParentUuid != _namelessEnd)
        {
            _nameless = UsageKey.OfTranscript(client, uuid);
        }

        _namelessEnd = uuid;
        return _nameless;
    }

    // Amazon Bedrock and Google Vertex put their mark into the id; what another vendor's endpoint runs has another name.
    private string? Provider()
    {
        if (MessageId?.StartsWith("msg_bdrk_", StringComparison.Ordinal) == true)
        {
            return "bedrock";
        }

        if (MessageId?.StartsWith("msg_vrtx_", StringComparison.Ordinal) == true)
        {
            return "vertex";
        }

        return Model?.StartsWith("claude-", StringComparison.Ordinal) == true ? "anthropic" : null;
    }
}
