using System.Text.Json;
using System.Text.Json.Serialization;

namespace Tracker.Importer.Sources.CopilotCli;

/// <summary>The fields of Copilot CLI's events that we read.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault, MaxDepth = 512,
    Converters = [typeof(LenientTextConverter), typeof(LenientCountConverter)])]
[JsonSerializable(typeof(CopilotEvent))]
[JsonSerializable(typeof(CopilotSession))]
internal sealed partial class CopilotJson : JsonSerializerContext;

internal sealed record CopilotEvent
{
    public string? Type { get; init; }

    public string? Timestamp { get; init; }

    /// <summary>The event's own id.</summary>
    public string? Id { get; init; }

    /// <summary>The sub-agent's; null for the session's own events.</summary>
    public string? AgentId { get; init; }

    public CopilotData? Data { get; init; }
}

internal sealed record CopilotData
{
    // session.start, session.resume
    public string? SessionId { get; init; }

    public CopilotContext? Context { get; init; }

    // session.usage_record
    public CopilotUsage? Usage { get; init; }

    // assistant.message
    public string? ApiCallId { get; init; }

    public string? Model { get; init; }

    public IReadOnlyList<CopilotToolRequest?>? ToolRequests { get; init; }
}

internal sealed record CopilotContext(string? Cwd);

internal sealed record CopilotToolRequest(string? ToolCallId, string? Name);

/// <summary>One call. The input contains what was read from and written to the cache; the output contains the reasoning.</summary>
internal sealed record CopilotUsage
{
    public string? Model { get; init; }

    public long? InputTokens { get; init; }

    public long? OutputTokens { get; init; }

    public long? CacheReadTokens { get; init; }

    public long? CacheWriteTokens { get; init; }

    public long? ReasoningTokens { get; init; }

    /// <summary>The upstream's id of the answer.</summary>
    public string? ApiCallId { get; init; }

    /// <summary>The upstream's id of the request.</summary>
    public string? ProviderCallId { get; init; }

    public string? ApiEndpoint { get; init; }

    // Settings and sizes, not what was used.
    public long? MaxPromptTokens { get; init; }

    public long? MaxOutputTokens { get; init; }

    public long? ToolTokenCount { get; init; }

    // Parts of the output, of predicted texts.
    public long? AcceptedPredictionTokens { get; init; }

    public long? RejectedPredictionTokens { get; init; }

    // Kept as they are, so that no number is a fault.
    public JsonElement InterTokenLatencyMs { get; init; }

    public JsonElement TimeToFirstTokenMs { get; init; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }
}
