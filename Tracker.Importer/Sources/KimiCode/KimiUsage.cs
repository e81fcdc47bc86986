using System.Text.Json;
using Tracker.Storage.Usage;

namespace Tracker.Importer.Sources.KimiCode;

/// <summary>A line of a session's log as a usage record.</summary>
internal static class KimiUsage
{
    /// <param name="line">The line.</param>
    /// <param name="asked">The request before it in the same log; null: none was seen.</param>
    /// <param name="drift">Is told of unknown counts.</param>
    /// <returns>Null for a line that is no call.</returns>
    /// <exception cref="FormatException">The call has no time.</exception>
    public static UsageRecord? ToRecord(JsonElement line, KimiRequest? asked, SchemaDrift drift) => line.Text("type") == "usage.record" ? OfRecord(line, asked, drift) : OfStatus(line, drift);

    // Kimi Code. Calls outside of a turn, such as compaction's, have the scope "session"; each is a call, none a sum.
    private static UsageRecord? OfRecord(JsonElement line, KimiRequest? asked, SchemaDrift drift)
    {
        var usage = line.Field("usage");
        drift.UnknownCounts("usage", usage, "inputOther", "output", "inputCacheRead", "inputCacheCreation");
        var model = line.Text("model");
        var record = ToRecord(line.Time("time"), model, null, usage.Count("inputOther"), usage.Count("inputCacheRead"), usage.Count("inputCacheCreation"), usage.Count("output"));
        if (record is null || asked is null || (model != asked.Alias && model != asked.Model))
        {
            return record;
        }

        return record with { RequestModel = asked.Model, Provider = ModelOwners.ProviderOf(asked.Model), Quality = asked.IsToGemini ? CountQuality.Partial : record.Quality };
    }

    // Kimi CLI. What a sub-agent tells is wrapped in an event of its parent's.
    private static UsageRecord? OfStatus(JsonElement line, SchemaDrift drift)
    {
        var message = line.Field("message");
        string? agent = null;
        if (message.Text("type") == "SubagentEvent")
        {
            agent = message.Field("payload").Text("agent_id") ?? message.Field("payload").Text("task_tool_call_id");
            message = message.Field("payload").Field("event");
        }

        var status = message.Field("payload");
        var usage = status.Field("token_usage");
        if (message.Text("type") != "StatusUpdate" || usage.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        drift.UnknownCounts("token_usage", usage, "input_other", "output", "input_cache_read", "input_cache_creation");
        var record = ToRecord(
            TimeOf(line), status.Text("model"), status.Text("message_id"), usage.Count("input_other"), usage.Count("input_cache_read"), usage.Count("input_cache_creation"), usage.Count("output"));
        return record is null ? null : record with { AgentId = agent };
    }

    private static UsageRecord? ToRecord(DateTimeOffset? time, string? model, string? responseId, long? input, long? read, long? write, long? output)
    {
        var total = (input ?? 0) + (read ?? 0) + (write ?? 0) + (output ?? 0);
        if (total == 0)
        {
            return null;
        }

        if (time is not { } at)
        {
            throw new FormatException("has no valid timestamp");
        }

        return new UsageRecord
        {
            Key = KeyOf(responseId, $"{at.ToUnixTimeMilliseconds()}:{model}:{total}"),
            Evidence = Evidence.Transcript,
            Quality = CountQuality.Exact,
            Outcome = CallOutcome.Completed,
            OccurredAt = at,
            Provider = ModelOwners.ProviderOf(model),
            Client = KimiCodeSource.Name,
            RequestModel = model,
            InputTokens = input,
            CacheReadTokens = read,
            CacheCreation5mTokens = write,
            OutputTokens = output,
        };
    }

    // Else the time, the model and the number of tokens name the call: a fork copies all three. The ids of a local server, which counts them up, name none.
    private static UsageKey KeyOf(string? responseId, string otherwise)
    {
        var dialect = responseId?.StartsWith("msg_", StringComparison.Ordinal) == true ? "anthropic" : "openai";
        var isOfUpstream = dialect == "anthropic" || responseId?.StartsWith("chatcmpl-", StringComparison.Ordinal) == true || responseId?.StartsWith("resp_", StringComparison.Ordinal) == true;
        return isOfUpstream && UsageKey.TryFromResponseId(dialect, responseId, out var key) ? key : UsageKey.OfTranscript(KimiCodeSource.Name, responseId?.Length >= UsageKey.ShortestUniqueId ? responseId : otherwise);
    }

    // Seconds since 1970, with a fraction; a text in some versions.
    private static DateTimeOffset? TimeOf(JsonElement line)
    {
        var seconds = line.Field("timestamp");
        return seconds.ValueKind == JsonValueKind.Number && seconds.TryGetDouble(out var number) && number is > 0 and < 100_000_000_000
            ? DateTimeOffset.FromUnixTimeMilliseconds((long)Math.Round(number * 1000))
            : line.Time("timestamp");
    }
}
