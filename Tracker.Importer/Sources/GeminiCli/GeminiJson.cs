using System.Text.Json;
using System.Text.Json.Serialization;

namespace Tracker.Importer.Sources.GeminiCli;

/// <summary>The fields of Gemini CLI's session files that we read.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault, MaxDepth = 512,
    Converters = [typeof(LenientTextConverter), typeof(LenientCountConverter)])]
[JsonSerializable(typeof(GeminiMessage))]
[JsonSerializable(typeof(GeminiDocument))]
[JsonSerializable(typeof(GeminiSession))]
internal sealed partial class GeminiJson : JsonSerializerContext;

/// <summary>A line of a session's log: a message, or a header of the session.</summary>
internal sealed record GeminiMessage
{
    public string? Id { get; init; }

    public string? Timestamp { get; init; }

    public string? Type { get; init; }

    /// <summary>The model that was asked for.</summary>
    public string? Model { get; init; }

    public GeminiTokens? Tokens { get; init; }

    /// <summary>A list of calls, each with an <c>id</c> and a <c>name</c>. Of another kind it is no reason to lose the counts.</summary>
    public JsonElement ToolCalls { get; init; }

    // Of a header.
    public string? SessionId { get; init; }

    /// <summary>A list of texts.</summary>
    public JsonElement Directories { get; init; }
}

/// <summary>What the API counted. The input contains what was cached; the output does not contain the thoughts.</summary>
internal sealed record GeminiTokens
{
    public long? Input { get; init; }

    public long? Output { get; init; }

    public long? Cached { get; init; }

    public long? Thoughts { get; init; }

    public long? Tool { get; init; }

    public long? Total { get; init; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary>The file of a whole session, as versions before the log wrote it.</summary>
/// <param name="SessionId">The session's id.</param>
/// <param name="Messages">A list of <see cref="GeminiMessage"/>, which are read one by one: what is wrong with one is no reason to lose the others.</param>
internal sealed record GeminiDocument(string? SessionId, JsonElement Messages);
