using System.Text.Json;
using Tracker.Storage.Usage;

namespace Tracker.Importer.Sources.Codex;

/// <summary>Reads the calls out of one rollout. Its traps are in this folder's README.md.</summary>
internal sealed class CodexReader : ILineReader
{
    private readonly CodexThread _thread;
    private readonly SchemaDrift _drift;
    private bool _hasCall;

    /// <param name="threadId">The thread's id, as the file's name tells it.</param>
    /// <param name="state">What <see cref="State"/> was when the lines before were read.</param>
    /// <param name="drift">Is told of unknown counts.</param>
    public CodexReader(string? threadId, string? state, SchemaDrift drift)
    {
        _drift = drift;
        _thread = (state is null ? null : JsonSerializer.Deserialize(state, CodexJson.Default.CodexThread)) ?? new CodexThread();
        _thread.Id ??= threadId;
    }

    public string State => JsonSerializer.Serialize(_thread, CodexJson.Default.CodexThread);

    /// <summary>Whether a line is of a kind that <see cref="Read"/> looks at. Most of a rollout are contents, which are long.</summary>
    public static bool Concerns(ReadOnlySpan<byte> line)
    {
        // {"timestamp":"…","ordinal":1,"type":"event_msg","payload":{"type":"token_count",…
        var head = line[..Math.Min(line.Length, 256)];
        if (!TrySkipTo("\"type\":\""u8, ref head))
        {
            return line.IndexOf("token_"u8) >= 0; // Rewritten by another program.
        }

        if (head.StartsWith("session_meta\""u8) || head.StartsWith("turn_context\""u8) || head.StartsWith("token_usage_record\""u8))
        {
            return true;
        }

        var isEvent = head.StartsWith("event_msg\""u8);
        if ((!isEvent && !head.StartsWith("response_item\""u8)) || !TrySkipTo("\"type\":\""u8, ref head))
        {
            return false;
        }

        return isEvent ? head.StartsWith("token_count\""u8) || head.StartsWith("task_started\""u8) : head[..Math.Max(0, head.IndexOf((byte)'"'))].EndsWith("_call"u8);
    }

    public UsageLine Read(ReadOnlySpan<byte> line)
    {
        var entry = JsonSerializer.Deserialize(line, CodexJson.Default.CodexLine);
        if (entry?.Payload is not { } payload)
        {
            return default;
        }

        switch (entry.Type)
        {
            case "session_meta":
                MeetThread(payload);
                return default;
            case "turn_context":
                _thread.EnterTurn(payload.TurnId);
                _thread.HasTurnWithoutId |= payload.TurnId is null;
                _thread.Model = payload.Model ?? _thread.Model;
                _thread.Cwd = payload.Cwd ?? _thread.Cwd;
                return default;
            case "token_usage_record":
                return new UsageLine(ReadRecord(payload, LogTime.Parse(entry.Timestamp)));
            case "event_msg" when payload.Type == "token_count":
                return ReadCount(payload, LogTime.Parse(entry.Timestamp));
            case "event_msg" when payload.Type == "task_started":
                _thread.EnterTurn(payload.TurnId);
                return default;
            case "response_item" when payload.Type?.EndsWith("_call", StringComparison.Ordinal) == true:
                if ((payload.CallId ?? payload.Id) is { } id)
                {
                    _thread.AddToolCall(id, payload.Name ?? payload.Type);
                }

                return default;
            default:
                return default;
        }
    }

    private void MeetThread(CodexPayload meta)
    {
        _thread.Origin = meta.Id ?? _thread.Origin;
        if (_thread.IsKnown)
        {
            _thread.MayHoldHistory |= meta.Id != _thread.Id;
            return;
        }

        _thread.IsKnown = true;
        _thread.Id = meta.Id ?? _thread.Id;
        _thread.Parent = meta.ParentThreadId ?? ParentIn(meta.Source);
        _thread.Session = meta.SessionId ?? _thread.Parent ?? _thread.Id;
        _thread.IsFork = meta.ForkedFromId is not null;
        _thread.MayHoldHistory = _thread.IsFork || _thread.Parent is not null;
        _thread.Cwd = meta.Cwd;
        _thread.ModelProvider = meta.ModelProvider;
    }

    // {"subagent":{"thread_spawn":{"parent_thread_id":"…"}}}
    private static string? ParentIn(JsonElement source) => source.Field("subagent").Field("thread_spawn").Text("parent_thread_id");

    // It names its thread, so that one in a copied history is the same row as the original.
    private UsageRecord? ReadRecord(CodexPayload payload, DateTimeOffset time)
    {
        _thread.TurnHasRecords = true;
        if (payload.Usage is not { IsNothing: false } usage)
        {
            return null;
        }

        _drift.Unknown(usage.Unknown);
        _hasCall = true;
        var thread = payload.ThreadId ?? _thread.Id;
        return UsageKey.TryFromResponseId("openai", payload.ResponseId, out var key)
            ? ToRecord(key, usage, thread, payload.SessionId ?? _thread.Session, time)
            : ToRecord(KeyOf(thread, payload.ThreadTokenUsage ?? usage), usage, thread, payload.SessionId ?? _thread.Session, time);
    }

    private UsageLine ReadCount(CodexPayload payload, DateTimeOffset time)
    {
        var record = ReadCount(payload.Info, time);
        _hasCall |= record is not null;
        // In a copied history they have the time of the copy; before the first call there is none to tell them with, and they come again.
        var limits = _thread.IsOwn && _hasCall ? CodexLimits.FindChanged(payload.RateLimits, time, _thread.Limits) : [];
        return record is null ? new UsageLine(null, Limits: limits) : new UsageLine(record with { Limits = limits });
    }

    /// <summary>The thread's counts so far; the difference to the last ones is a call, and they are repeated when there was none.</summary>
    private UsageRecord? ReadCount(CodexCountInfo? info, DateTimeOffset time)
    {
        if (info?.TotalTokenUsage is not { } total)
        {
            return null;
        }

        _drift.Unknown(total.Unknown);
        total.Unknown = null;
        info.LastTokenUsage?.Unknown = null;
        var (before, lastBefore) = (_thread.Total, _thread.Last);
        (_thread.Total, _thread.Last) = (total, info.LastTokenUsage);
        if (!_thread.IsCounted || _thread.TurnHasRecords || total.IsSameAs(before))
        {
            return null;
        }

        // A thread's first counts may go on from those of another one, and counts that are smaller than before began anew: then only the last call's are known.
        var usage = before is null ? info.LastTokenUsage ?? total : total.Since(before) ?? (info.LastTokenUsage?.IsSameAs(lastBefore) == true ? null : info.LastTokenUsage);
        // Where turns do not tell whether they were copied, a copy is recognised by having the same key as its original.
        var thread = _thread.Turn is null ? _thread.Origin ?? _thread.Id : _thread.Id;
        return usage is not { IsNothing: false } ? null : ToRecord(KeyOf(thread, total), usage, _thread.Id, _thread.Session, time);
    }

    private static UsageKey KeyOf(string? thread, CodexCounts total) => UsageKey.OfTranscript(CodexSource.Name, $"{thread}:{total}");

    private UsageRecord ToRecord(UsageKey key, CodexCounts usage, string? thread, string? session, DateTimeOffset time) => new()
    {
        Key = key,
        Evidence = Evidence.Transcript,
        Quality = CountQuality.Exact,
        Outcome = CallOutcome.Completed,
        OccurredAt = time,
        Provider = _thread.ModelProvider is "openai" or "ollama" ? _thread.ModelProvider : ModelOwners.ProviderOf(_thread.Model),
        Client = CodexSource.Name,
        RequestModel = _thread.Model,
        InputTokens = usage.FreshInput,
        CacheReadTokens = usage.CachedInputTokens,
        CacheCreation5mTokens = usage.CacheWriteInputTokens,
        OutputTokens = usage.OutputTokens,
        ReasoningTokens = usage.ReasoningOutputTokens,
        SessionId = session,
        AgentId = thread == session ? null : thread,
        ParentAgentId = thread != session && thread == _thread.Id ? _thread.Parent : null,
        Project = _thread.Cwd,
        ToolCalls = _thread.TakeToolCalls(),
    };

    private static bool TrySkipTo(ReadOnlySpan<byte> text, ref ReadOnlySpan<byte> within)
    {
        var at = within.IndexOf(text);
        within = at < 0 ? within : within[(at + text.Length)..];
        return at >= 0;
    }
}
