using System.Text.Json;
using Tracker.Storage.Usage;

namespace Tracker.Importer.Sources.CopilotCli;

/// <summary>Reads the calls out of one session's events. Its traps are in this folder's README.md.</summary>
internal sealed class CopilotReader : ILineReader
{
    private readonly CopilotSession _session;
    private readonly SchemaDrift _drift;

    /// <param name="sessionId">The session's id, as the folder's name tells it.</param>
    /// <param name="state">What <see cref="State"/> was when the lines before were read.</param>
    /// <param name="drift">Is told of unknown counts.</param>
    public CopilotReader(string? sessionId, string? state, SchemaDrift drift)
    {
        _session = (state is null ? null : JsonSerializer.Deserialize(state, CopilotJson.Default.CopilotSession)) ?? new CopilotSession();
        _session.Id ??= sessionId;
        _drift = drift;
    }

    public string State => JsonSerializer.Serialize(_session, CopilotJson.Default.CopilotSession);

    public UsageLine Read(ReadOnlySpan<byte> line)
    {
        if (JsonSerializer.Deserialize(line, CopilotJson.Default.CopilotEvent) is not { Data: { } data } entry)
        {
            return default;
        }

        switch (entry.Type)
        {
            case "session.start" or "session.resume":
                _session.Id = data.SessionId ?? _session.Id;
                _session.Cwd = data.Context?.Cwd ?? _session.Cwd;
                return default;
            case "session.usage_record" when data.Usage is { } usage:
                return new UsageLine(ReadUsage(entry, usage));
            case "assistant.message":
                return new UsageLine(ReadToolRequests(entry, data));
            default:
                return default;
        }
    }

    private UsageRecord? ReadUsage(CopilotEvent entry, CopilotUsage usage)
    {
        _drift.Unknown(usage.Unknown);
        if ((usage.InputTokens ?? 0) + (usage.OutputTokens ?? 0) == 0)
        {
            return null;
        }

        var key = KeyOf(entry, usage);
        var cached = (usage.CacheReadTokens ?? 0) + (usage.CacheWriteTokens ?? 0);
        var record = Record(entry, key, usage.Model) with
        {
            Quality = CountQuality.Exact,
            InputTokens = usage.InputTokens >= cached ? usage.InputTokens - cached : usage.InputTokens,
            CacheReadTokens = usage.CacheReadTokens,
            CacheCreation5mTokens = usage.CacheWriteTokens,
            OutputTokens = usage.OutputTokens,
            ReasoningTokens = usage.ReasoningTokens,
            RequestId = usage.ProviderCallId,
        };
        _session.Add(key.Value);
        return record;
    }

    // The message of a call repeats its id, without counts, and has the tools that the model asked for.
    private UsageRecord? ReadToolRequests(CopilotEvent entry, CopilotData data)
    {
        var toolCalls = (data.ToolRequests ?? []).Where(request => request is { ToolCallId: not null, Name: not null }).Select(request => new ToolCall(request!.ToolCallId!, request.Name!)).ToList();
        return toolCalls.Count > 0 && data.ApiCallId is { } id && _session.KeyOf(id) is { } key
            ? Record(entry, UsageKey.FromStored(key), data.Model) with { ToolCalls = toolCalls }
            : null;
    }

    private UsageRecord Record(CopilotEvent entry, UsageKey key, string? model) => new()
    {
        Key = key,
        Evidence = Evidence.Transcript,
        Quality = CountQuality.Partial,
        Outcome = CallOutcome.Completed,
        OccurredAt = LogTime.Parse(entry.Timestamp),
        Provider = ModelOwners.ProviderOf(model),
        Client = CopilotCliSource.Name,
        RequestModel = model,
        SessionId = _session.Id,
        AgentId = entry.AgentId,
        Project = _session.Cwd,
    };

    private static UsageKey KeyOf(CopilotEvent entry, CopilotUsage usage)
    {
        var isAnthropic = usage.ApiEndpoint?.EndsWith("/messages", StringComparison.Ordinal) == true || usage.ApiCallId?.StartsWith("msg_", StringComparison.Ordinal) == true;
        return UsageKey.TryFromResponseId(isAnthropic ? "anthropic" : "openai", usage.ApiCallId, out var key)
            ? key
            : UsageKey.OfTranscript(CopilotCliSource.Name, entry.Id ?? throw new FormatException("has no id"));
    }
}
