using System.Text.Json;
using System.Text.Json.Serialization;

namespace Tracker.Importer.Sources.QwenCode;

/// <summary>The fields of Qwen Code's chat logs that we read.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault, MaxDepth = 512,
    Converters = [typeof(LenientTextConverter), typeof(LenientCountConverter)])]
[JsonSerializable(typeof(QwenLine))]
[JsonSerializable(typeof(QwenChat))]
internal sealed partial class QwenJson : JsonSerializerContext;

internal sealed record QwenLine
{
    public string? Uuid { get; init; }

    public string? SessionId { get; init; }

    public string? Timestamp { get; init; }

    public string? Type { get; init; }

    public string? Cwd { get; init; }

    /// <summary>The version of Qwen Code that wrote the line.</summary>
    public string? Version { get; init; }

    // Of an assistant line.
    public string? Model { get; init; }

    public QwenUsage? UsageMetadata { get; init; }

    public QwenContent? Message { get; init; }

    // Of a system line.
    public QwenPayload? SystemPayload { get; init; }
}

/// <summary>The counts of an assistant line: named as Gemini's, but the candidates contain the thoughts.</summary>
internal sealed record QwenUsage
{
    public long? PromptTokenCount { get; init; }

    public long? CandidatesTokenCount { get; init; }

    public long? ThoughtsTokenCount { get; init; }

    public long? TotalTokenCount { get; init; }

    public long? CachedContentTokenCount { get; init; }

    public long? ToolUsePromptTokenCount { get; init; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }
}

internal sealed record QwenContent(IReadOnlyList<QwenPart?>? Parts);

internal sealed record QwenPart(QwenFunctionCall? FunctionCall);

internal sealed record QwenFunctionCall(string? Id, string? Name);

internal sealed record QwenPayload(QwenEvent? UiEvent);

/// <summary>An event of <c>ui_telemetry</c>.</summary>
internal sealed record QwenEvent
{
    [JsonPropertyName("event.name")]
    public string? Name { get; init; }

    [JsonPropertyName("response_id")]
    public string? ResponseId { get; init; }

    public string? Model { get; init; }

    [JsonPropertyName("input_token_count")]
    public long? Input { get; init; }

    [JsonPropertyName("output_token_count")]
    public long? Output { get; init; }

    [JsonPropertyName("cached_content_token_count")]
    public long? Cached { get; init; }

    [JsonPropertyName("thoughts_token_count")]
    public long? Thoughts { get; init; }

    [JsonPropertyName("tool_token_count")]
    public long? Tool { get; init; }

    [JsonPropertyName("total_token_count")]
    public long? Total { get; init; }

    [JsonPropertyName("prompt_id")]
    public string? PromptId { get; init; }

    [JsonPropertyName("auth_type")]
    public string? AuthType { get; init; }

    [JsonPropertyName("subagent_name")]
    public string? SubAgentName { get; init; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }
}
