using System.Text.Json;
using Tracker.Storage.Usage;

namespace Tracker.Importer.Sources.Cline;

/// <summary>The sessions of Cline 3: <c>sessions/&lt;session&gt;/&lt;session&gt;.messages.json</c>, and <c>agent_….messages.json</c> of its sub-agents.</summary>
internal sealed class ClineSessionFormat : IDocumentFormat
{
    // Between the ids of a session and of its sub-agent, of that and its own, and so on.
    private const string AgentSeparator = "__";

    public bool Claims(ReadOnlySpan<char> relativePath) => relativePath.EndsWith(".messages.json", StringComparison.OrdinalIgnoreCase);

    public void Read(LogFile file, ReadOnlySpan<byte> content, SchemaDrift drift, Action<UsageRecord> onRecord)
    {
        using var json = JsonFields.Parse(content);
        var session = json.RootElement;
        var id = session.Text("sessionId");
        var place = new Place(id?.Split(AgentSeparator) ?? [], ReadProject(file.Path));
        var untimed = false;
        foreach (var message in session.Field("messages").Items())
        {
            if (message.Text("role") != "assistant" || message.Field("metrics") is not { ValueKind: JsonValueKind.Object } metrics
                || ClineProviders.HasOwnLog(message.Field("modelInfo").Text("provider")))
            {
                continue;
            }

            var record = ToRecord(message, metrics, place, drift);
            untimed |= record is null;
            if (record is { InputTokens: not 0 } or { OutputTokens: not 0 } or { CacheReadTokens: not 0 })
            {
                onRecord(record);
            }
        }

        if (untimed)
        {
            throw new FormatException("holds a message without an id or a valid time; the others are read");
        }
    }

    /// <returns>Null for a message without an id or a time.</returns>
    private static UsageRecord? ToRecord(JsonElement message, JsonElement metrics, Place place, SchemaDrift drift)
    {
        drift.UnknownCounts("metrics", metrics, "inputTokens", "outputTokens", "cacheReadTokens", "cacheWriteTokens", "cost");
        if (message.Text("id") is not { } id || message.Time("ts") is not { } time)
        {
            return null;
        }

        var (all, output) = (metrics.Count("inputTokens"), metrics.Count("outputTokens"));
        var (read, write) = (metrics.Count("cacheReadTokens") ?? 0, metrics.Count("cacheWriteTokens") ?? 0);
        var model = message.Field("modelInfo");
        return new UsageRecord
        {
            Key = UsageKey.OfTranscript(ClineProgram.Cline.Name, id),
            Evidence = Evidence.Transcript,
            Quality = CountQuality.Exact,
            Outcome = CallOutcome.Completed,
            OccurredAt = time,
            Provider = ClineProviders.RouteOf(model.Text("provider")),
            Client = ClineProgram.Cline.Name,
            RequestModel = model.Text("id"),
            // With every provider it is all that went in.
            InputTokens = all - read - write is var fresh and >= 0 ? fresh : null,
            OutputTokens = output,
            CacheReadTokens = read,
            CacheCreation5mTokens = write,
            SessionId = place.SessionId,
            AgentId = place.AgentId,
            ParentAgentId = place.ParentAgentId,
            Project = place.Project,
            ClientCostNanoUsd = metrics.Cost("cost"),
            ToolCalls = [.. ToolsIn(message)],
        };
    }

    private static IEnumerable<ToolCall> ToolsIn(JsonElement message)
    {
        foreach (var block in message.Field("content").Items())
        {
            if (block.Text("type") == "tool_use" && block.Text("id") is { } id && block.Text("name") is { } name)
            {
                yield return new ToolCall(id, name);
            }
        }
    }

    // The session's own file lies beside that of its messages, and is named like their folder.
    private static string? ReadProject(string messagesPath)
    {
        var folder = Path.GetDirectoryName(messagesPath)!;
        using var json = ClientFile.TryParse(Path.Combine(folder, Path.GetFileName(folder) + ".json"));
        return json?.RootElement.Text("cwd");
    }

    /// <summary>Where the calls of a file belong.</summary>
    /// <param name="Ids">The session, its sub-agent, that one's sub-agent and so on.</param>
    /// <param name="Project">The working directory.</param>
    private sealed record Place(IReadOnlyList<string> Ids, string? Project)
    {
        public string? SessionId => Ids.Count > 0 ? Ids[0] : null;

        public string? AgentId => Ids.Count > 1 ? Ids[^1] : null;

        public string? ParentAgentId => Ids.Count > 2 ? Ids[^2] : null;
    }
}
