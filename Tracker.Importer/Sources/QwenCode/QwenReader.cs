using System.Text.Json;
using Tracker.Storage.Usage;

namespace Tracker.Importer.Sources.QwenCode;

/// <summary>Reads the calls out of one chat. Its traps are in this folder's README.md.</summary>
internal sealed class QwenReader(string? state, SchemaDrift drift) : ILineReader
{
    private readonly QwenChat _chat = (state is null ? null : JsonSerializer.Deserialize(state, QwenJson.Default.QwenChat)) ?? new QwenChat();

    public string State => JsonSerializer.Serialize(_chat, QwenJson.Default.QwenChat);

    public UsageLine Read(ReadOnlySpan<byte> line)
    {
        if (JsonSerializer.Deserialize(line, QwenJson.Default.QwenLine) is not { } entry)
        {
            return default;
        }

        return new UsageLine((entry.Type, entry.SystemPayload?.UiEvent) switch
        {
            ("system", { Name: "qwen-code.api_response" } response) => ReadResponse(entry, response),
            ("system", { Name: "qwen-code.api_error" } error) => ReadError(entry, error),
            ("assistant", _) => ReadAssistant(entry),
            _ => null,
        });
    }

    private UsageRecord? ReadResponse(QwenLine entry, QwenEvent response)
    {
        drift.Unknown(response.Unknown);
        var record = Record(entry, KeyOf(response.ResponseId, response.AuthType, entry), response.Model) with
        {
            // Its counts were seen with OpenAI's API alone, which most of its users have.
            Quality = DialectOf(response.ResponseId, response.AuthType) == "openai" ? CountQuality.Exact : CountQuality.Partial,
            InputTokens = Fresh(response.Input, response.Cached),
            CacheReadTokens = response.Cached,
            OutputTokens = Output(response.Input, response.Output, response.Thoughts, response.Total),
            ReasoningTokens = response.Thoughts,
            AgentId = AgentOf(response),
        };
        _chat.TelemetryVersion = entry.Version;
        if (response.SubAgentName is null)
        {
            (_chat.ResponseId, _chat.AuthType, _chat.Input, _chat.Output) = (response.ResponseId, response.AuthType, response.Input, response.Output);
        }

        return (response.Input ?? 0) + (response.Output ?? 0) == 0 ? null : record;
    }

    /// <summary>A failed call has the upstream's id if its answer had begun; then it was billed. Else the id is that of the request, or the client's.</summary>
    private static UsageRecord? ReadError(QwenLine entry, QwenEvent error) =>
        IsResponseId(error.ResponseId) && UsageKey.TryFromResponseId(DialectOf(error.ResponseId, error.AuthType), error.ResponseId, out var key)
            ? Record(entry, key, error.Model) with { Outcome = CallOutcome.Incomplete, AgentId = AgentOf(error) }
            : null;

    private UsageRecord? ReadAssistant(QwenLine entry)
    {
        if (entry.UsageMetadata is not { } usage)
        {
            return null;
        }

        drift.Unknown(usage.Unknown);
        if (_chat.TelemetryVersion is not null && _chat.TelemetryVersion == entry.Version)
        {
            // It repeats the telemetry before it, and adds the tools.
            var toolCalls = ToolCallsOf(entry);
            var isSame = _chat.Input == usage.PromptTokenCount && _chat.Output == usage.CandidatesTokenCount;
            return isSame && toolCalls.Count > 0 && UsageKey.TryFromResponseId(DialectOf(_chat.ResponseId, _chat.AuthType), _chat.ResponseId, out var key)
                ? Record(entry, key, entry.Model) with { ToolCalls = toolCalls }
                : null;
        }

        return (usage.PromptTokenCount ?? 0) + (usage.CandidatesTokenCount ?? 0) == 0 ? null : Record(entry, OwnKey(entry), entry.Model) with
        {
            Quality = CountQuality.Exact,
            InputTokens = Fresh(usage.PromptTokenCount, usage.CachedContentTokenCount),
            CacheReadTokens = usage.CachedContentTokenCount,
            OutputTokens = Output(usage.PromptTokenCount, usage.CandidatesTokenCount, usage.ThoughtsTokenCount, usage.TotalTokenCount),
            ReasoningTokens = usage.ThoughtsTokenCount,
            ToolCalls = ToolCallsOf(entry),
        };
    }

    private static UsageRecord Record(QwenLine entry, UsageKey key, string? model) => new()
    {
        Key = key,
        Evidence = Evidence.Transcript,
        Quality = CountQuality.Partial,
        Outcome = CallOutcome.Completed,
        OccurredAt = LogTime.Parse(entry.Timestamp),
        Provider = ModelOwners.ProviderOf(model),
        Client = QwenCodeSource.Name,
        RequestModel = model,
        SessionId = entry.SessionId,
        Project = entry.Cwd,
    };

    private static UsageKey KeyOf(string? responseId, string? authType, QwenLine entry) =>
        UsageKey.TryFromResponseId(DialectOf(responseId, authType), responseId, out var key) ? key : OwnKey(entry);

    private static UsageKey OwnKey(QwenLine entry) => UsageKey.OfTranscript(QwenCodeSource.Name, entry.Uuid ?? throw new FormatException("has no uuid"));

    private static string DialectOf(string? responseId, string? authType) => (responseId, authType) switch
    {
        ({ } id, _) when id.StartsWith("msg_", StringComparison.Ordinal) => "anthropic",
        (_, "anthropic") => "anthropic",
        (_, "gemini" or "gemini-api-key" or "vertex-ai") => "gemini",
        _ => "openai",
    };

    private static bool IsResponseId(string? id) =>
        id is not null && (id.StartsWith("chatcmpl-", StringComparison.Ordinal) || id.StartsWith("resp_", StringComparison.Ordinal) || id.StartsWith("msg_", StringComparison.Ordinal));

    // <session>#<sub-agent's name>-<its own id>#<number of the call>; of the main conversation 0.24 writes <session>########<number of the prompt>, where no agent is named.
    private static string? AgentOf(QwenEvent call) => call.PromptId?.Split('#') is [_, { Length: > 0 } agent, ..] ? agent : call.SubAgentName;

    private static long? Fresh(long? input, long? cached) => input >= cached ? input - cached : input;

    // Contains the thoughts, unless the total shows that they were counted beside it.
    private static long? Output(long? input, long? output, long? thoughts, long? total) => thoughts > 0 && total == input + output + thoughts ? output + thoughts : output;

    private static List<ToolCall> ToolCallsOf(QwenLine entry) =>
    [
        .. (entry.Message?.Parts ?? []).Select(part => part?.FunctionCall).Where(call => call is { Id: not null, Name: not null }).Select(call => new ToolCall(call!.Id!, call.Name!)),
    ];
}
