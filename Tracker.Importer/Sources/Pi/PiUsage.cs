using System.Text.Json;
using Tracker.Storage.Usage;

namespace Tracker.Importer.Sources.Pi;

/// <summary>An entry of a session as a usage record.</summary>
internal static class PiUsage
{
    /// <returns>Null for an entry that is not the answer of a model, or one without use.</returns>
    /// <exception cref="FormatException">The answer has no time.</exception>
    public static UsageRecord? ToRecord(JsonElement entry, string client, SchemaDrift drift)
    {
        var message = entry.Field("message");
        var usage = message.Field("usage");
        if (entry.Text("type") != "message" || message.Text("role") != "assistant" || usage.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        drift.UnknownCounts("usage", usage, "input", "output", "cacheRead", "cacheWrite", "cacheWrite1h", "totalTokens", "reasoning");
        var (input, output, total) = (usage.Count("input") ?? 0, usage.Count("output") ?? 0, usage.Count("totalTokens"));
        var (read, write) = (usage.Count("cacheRead") ?? 0, usage.Count("cacheWrite") ?? 0);
        var (writtenForAnHour, reasoning) = (usage.Count("cacheWrite1h"), usage.Count("reasoning"));
        if (input + output + read + write == 0)
        {
            return null;
        }

        if ((message.Time("timestamp") ?? entry.Time("timestamp")) is not { } time)
        {
            throw new FormatException("has no valid timestamp");
        }

        var api = message.Text("api");
        var stopReason = message.Text("stopReason");
        var isBroken = stopReason is "error" or "aborted";
        return new UsageRecord
        {
            Key = KeyOf(message, client, api, $"{time.ToUnixTimeMilliseconds()}:{message.Text("model")}:{input + output + read + write}"),
            Evidence = Evidence.Transcript,
            Quality = isBroken ? CountQuality.Partial : QualityOf(api, reasoning),
            Outcome = isBroken ? CallOutcome.Incomplete : CallOutcome.Completed,
            OccurredAt = time,
            Provider = ProviderNames.Of(message.Text("provider")),
            Client = client,
            RequestModel = message.Text("model"),
            ResponseModel = message.Text("responseModel"),
            // Gemini's input includes what was read from the cache; the total, which does not add that once more, tells.
            InputTokens = read > 0 && total == input + output && input >= read ? input - read : input,
            OutputTokens = output,
            ReasoningTokens = reasoning <= output ? reasoning : null,
            CacheReadTokens = read,
            CacheCreation5mTokens = write - Math.Min(writtenForAnHour ?? 0, write),
            CacheCreation1hTokens = writtenForAnHour is null ? null : Math.Min(writtenForAnHour.Value, write),
            StopReason = stopReason,
            ClientCostNanoUsd = usage.Field("cost").Cost("total"),
            ToolCalls = [.. ToolsIn(message)],
        };
    }

    // With OpenAI's chat API the reasoning was added to an output that includes it, until Pi 0.70 (its CHANGELOG.md, 2026-04-23). Unknown APIs may do so too. Nothing in a session
    // names Pi's version; but what tells the reasoning is from 0.80.3 or later.
    private static CountQuality QualityOf(string? api, long? reasoning) =>
        reasoning is null && (api is null or "openai-completions") ? CountQuality.Overstated : CountQuality.Exact;

    // Newer versions keep the upstream's id. Else the time, the model and the number of tokens name the call: a fork copies all three, and so does the
    // conversion of an old file, which gives its entries new ids.
    private static UsageKey KeyOf(JsonElement message, string client, string? api, string otherwise)
    {
        var dialect = api switch
        {
            "anthropic-messages" => "anthropic",
            _ when api?.StartsWith("openai-", StringComparison.Ordinal) == true => "openai",
            _ when api?.StartsWith("google-", StringComparison.Ordinal) == true => "gemini",
            _ => null,
        };
        return dialect is not null && UsageKey.TryFromResponseId(dialect, message.Text("responseId"), out var key) ? key : UsageKey.OfTranscript(client, otherwise);
    }

    private static IEnumerable<ToolCall> ToolsIn(JsonElement message)
    {
        foreach (var block in message.Field("content").Items())
        {
            // OpenAI's responses have two ids, of the call and of the item: "call_…|fc_…". The first is the one that all others know.
            if (block.Text("type") == "toolCall" && block.Text("id")?.Split('|')[0] is { Length: > 0 } id && block.Text("name") is { } name)
            {
                yield return new ToolCall(id, name);
            }
        }
    }
}
