using System.Text.Json;
using System.Text.Json.Serialization;

namespace Tracker.Importer.Sources.Codex;

/// <summary>The fields of a rollout's lines that we read.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault, MaxDepth = 512,
    Converters = [typeof(LenientTextConverter), typeof(LenientCountConverter)])]
[JsonSerializable(typeof(CodexLine))]
[JsonSerializable(typeof(CodexThread))]
internal sealed partial class CodexJson : JsonSerializerContext;

/// <summary>A line: what all kinds share, and the payload that their types tell apart.</summary>
internal sealed record CodexLine
{
    public string? Timestamp { get; init; }

    public string? Type { get; init; }

    public CodexPayload? Payload { get; init; }
}

/// <summary>The payloads of all kinds of lines in one: they share names, and no name has two meanings.</summary>
internal sealed record CodexPayload
{
    public string? Type { get; init; }

    // session_meta
    public string? Id { get; init; }

    public string? SessionId { get; init; }

    public string? ParentThreadId { get; init; }

    public string? ForkedFromId { get; init; }

    public string? ModelProvider { get; init; }

    /// <summary>A text, or an object that names the parent of a sub-agent.</summary>
    public JsonElement Source { get; init; }

    // turn_context, task_started
    public string? TurnId { get; init; }

    public string? Cwd { get; init; }

    public string? Model { get; init; }

    // token_usage_record
    public string? ThreadId { get; init; }

    public string? ResponseId { get; init; }

    public CodexCounts? Usage { get; init; }

    public CodexCounts? ThreadTokenUsage { get; init; }

    // token_count; null before the first usage
    public CodexCountInfo? Info { get; init; }

    /// <summary>Read leniently: a line's counts do not depend on it.</summary>
    public JsonElement RateLimits { get; init; }

    // response_item
    public string? CallId { get; init; }

    public string? Name { get; init; }
}

internal sealed record CodexCountInfo
{
    public CodexCounts? TotalTokenUsage { get; init; }

    public CodexCounts? LastTokenUsage { get; init; }
}
