using System.Globalization;
using System.Text.Json;
using Tracker.Storage.Usage;

namespace Tracker.Importer.Sources.Opencode;

/// <summary>A message of opencode's as a usage record. The JSON is the same in the database and in the older files.</summary>
internal static class OpencodeUsage
{
    // What a message's id says of the time it was made wraps after 36 bits of milliseconds, which are two years.
    private const long IdTimeRange = 1L << 36;
    private static readonly TimeSpan LongestDelayOfId = TimeSpan.FromMinutes(1);

    /// <summary>Tells of counts that nobody here knows.</summary>
    public static void TellUnknown(JsonElement json, SchemaDrift drift)
    {
        var tokens = json.Field("tokens");
        drift.UnknownCounts("tokens", tokens, "total", "input", "output", "reasoning", "cache");
        drift.UnknownCounts("tokens.cache", tokens.Field("cache"), "read", "write");
    }

    /// <param name="client">Whose message it is.</param>
    /// <param name="json">The message.</param>
    /// <param name="id">The message's id.</param>
    /// <param name="sessionId">The session that it belongs to.</param>
    /// <param name="parentSessionId">The session that started that one as a sub-agent.</param>
    /// <param name="toolCalls">The tools that the model asked for.</param>
    /// <returns>Null for a message that is not the answer of a model or is not there yet. A copy of another message has a key of its own kind (<see cref="UsageKey.OfCopy"/>).</returns>
    /// <exception cref="FormatException">The message lacks what a record needs.</exception>
    public static UsageRecord? ToRecord(string client, JsonElement json, string? id, string? sessionId, string? parentSessionId, IReadOnlyList<ToolCall> toolCalls)
    {
        var tokens = json.Field("tokens");
        var cache = tokens.Field("cache");
        var counts = (Input: tokens.Count("input"), Output: tokens.Count("output"), Reasoning: tokens.Count("reasoning"), Read: cache.Count("read"), Write: cache.Count("write"));
        // Zeros are written when the message is made; they stay when the call fails or is cancelled.
        if (json.Text("role") != "assistant" || counts is { Input: null or 0, Output: null or 0, Read: null or 0, Write: null or 0 })
        {
            return null;
        }

        if (id is null || json.Field("time").Time("created") is not { } createdAt)
        {
            throw new FormatException("has no id or no valid time");
        }

        // Since the client writes the total, its output leaves the reasoning out; before, it was a part of the output.
        var apart = tokens.Count("total") is not null;
        var record = new UsageRecord
        {
            Key = UsageKey.OfTranscript(client, id),
            Evidence = Evidence.Transcript,
            Quality = CountQuality.Exact,
            Outcome = CallOutcome.Completed,
            OccurredAt = createdAt,
            Provider = ProviderNames.Of(json.Text("providerID")),
            Client = client,
            RequestModel = json.Text("modelID"),
            InputTokens = counts.Input,
            OutputTokens = apart ? counts.Output + (counts.Reasoning ?? 0) : counts.Output,
            // Before, it was 0 with Anthropic's models whatever they thought.
            ReasoningTokens = apart || counts.Reasoning > 0 ? counts.Reasoning : null,
            CacheReadTokens = counts.Read,
            CacheCreation5mTokens = counts.Write,
            StopReason = json.Text("finish"),
            SessionId = sessionId,
            AgentId = parentSessionId is null ? null : sessionId,
            ParentAgentId = parentSessionId,
            Project = json.Field("path").Text("cwd"),
            ClientCostNanoUsd = json.Cost("cost"),
            ToolCalls = toolCalls,
        };
        return IsCopy(id, createdAt) ? record with { Key = UsageKey.OfCopy(record) } : record;
    }

    /// <summary>
    /// Whether it was copied from another session by a fork: a copy gets an id of the moment of copying (<c>msg_</c>, then 48 bits of milliseconds and a counter in hexadecimal)
    /// and keeps everything else, also the time when the call was made.
    /// </summary>
    private static bool IsCopy(string id, DateTimeOffset createdAt)
    {
        if (id.Length < 16 || !id.StartsWith("msg_", StringComparison.Ordinal) || !long.TryParse(id.AsSpan(4, 12), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var bits))
        {
            return false;
        }

        var later = ((bits >> 12) - createdAt.ToUnixTimeMilliseconds()) & (IdTimeRange - 1);
        return later > (long)LongestDelayOfId.TotalMilliseconds && later < IdTimeRange - (long)LongestDelayOfId.TotalMilliseconds;
    }
}
