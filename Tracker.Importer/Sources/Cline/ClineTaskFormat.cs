using System.Text.Json;
using Tracker.Storage.Usage;

namespace Tracker.Importer.Sources.Cline;

/// <summary>The tasks of Cline 2, of its extension, and of its relatives: <c>tasks/&lt;task&gt;/ui_messages.json</c>.</summary>
internal sealed class ClineTaskFormat(ClineProgram program) : IDocumentFormat
{
    public bool Claims(ReadOnlySpan<char> relativePath) =>
        relativePath.EndsWith("/ui_messages.json", StringComparison.OrdinalIgnoreCase) || relativePath.Equals("ui_messages.json", StringComparison.OrdinalIgnoreCase);

    public void Read(LogFile file, ReadOnlySpan<byte> content, SchemaDrift drift, Action<UsageRecord> onRecord)
    {
        using var json = JsonFields.Parse(content);
        var folder = Path.GetDirectoryName(file.Path)!;
        var task = Path.GetFileName(folder);
        ClineConversation? conversation = null;
        var untimed = false;
        foreach (var message in json.RootElement.Items())
        {
            if (message.Text("say") != "api_req_started")
            {
                continue;
            }

            if (message.Time("ts") is not { } time)
            {
                untimed = true;
            }
            else if (ReadRequest(message, task, time, drift) is { } record)
            {
                conversation ??= ClineConversation.Read(folder);
                onRecord(record with { RequestModel = record.RequestModel ?? conversation.Model, Project = conversation.Project });
            }
        }

        if (untimed)
        {
            throw new FormatException("holds a request without a valid time; the others are read");
        }
    }

    private UsageRecord? ReadRequest(JsonElement message, string task, DateTimeOffset time, SchemaDrift drift)
    {
        using var json = TryParse(message.Text("text"));
        if (json is null)
        {
            return null;
        }

        var request = json.RootElement;
        drift.UnknownCounts("request", request, "tokensIn", "tokensOut", "cacheWrites", "cacheReads", "cost");
        var (input, output) = (request.Count("tokensIn"), request.Count("tokensOut"));
        var (read, write) = (request.Count("cacheReads") ?? 0, request.Count("cacheWrites") ?? 0);
        if ((input ?? 0) + (output ?? 0) + read + write == 0)
        {
            return null; // Not answered yet, or never.
        }

        var model = message.Field("modelInfo");
        var provider = model.Text("providerId");
        if (ClineProviders.HasOwnLog(provider))
        {
            return null;
        }

        var protocol = request.Text("apiProtocol");
        var isBroken = request.Text("cancelReason") is not null || request.Text("streamingFailedMessage") is not null;
        return new UsageRecord
        {
            // The moment is the request's name within its task: it stays when the file is written anew, and when earlier requests are taken back.
            Key = UsageKey.OfTranscript(program.Name, $"{task}:{time.ToUnixTimeMilliseconds()}"),
            Evidence = Evidence.Transcript,
            Quality = QualityOf(provider, protocol),
            Outcome = isBroken ? CallOutcome.Incomplete : CallOutcome.Completed,
            OccurredAt = time,
            Provider = ClineProviders.RouteOf(provider),
            Client = program.Name,
            RequestModel = model.Text("modelId"),
            InputTokens = LeavesCacheOut(provider, protocol, input, read + write) ? input : input - read - write,
            OutputTokens = output,
            CacheReadTokens = read,
            CacheCreation5mTokens = write,
            SessionId = task,
            ClientCostNanoUsd = request.Cost("cost"),
        };
    }

    private CountQuality QualityOf(string? provider, string? protocol)
    {
        if (program == ClineProgram.Cline)
        {
            return ClineProviders.QualityOf(provider);
        }

        // The relatives add the output of message_start as Cline does. Who does not say what was spoken may have done so, and anything better shall win.
        return protocol == "openai" ? CountQuality.Exact : CountQuality.Overstated;
    }

    // The relatives write all that went in since autumn 2025, and before, with Anthropic's API, what was neither read from nor written to the cache. That is
    // little, since all but the last message is cached, so the numbers tell which it was.
    private bool LeavesCacheOut(string? provider, string? protocol, long? input, long cached) =>
        input < cached || (program == ClineProgram.Cline && protocol is null && ClineProviders.ExcludesCache(provider));

    private static JsonDocument? TryParse(string? text)
    {
        try
        {
            return text is null ? null : JsonDocument.Parse(text, JsonFields.Options);
        }
        catch (JsonException)
        {
            return null; // A text for people, as early versions wrote.
        }
    }
}
