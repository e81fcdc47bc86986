using System.Text.Json;
using System.Text.Json.Serialization;

namespace Tracker.Importer.Sources.Opencode;

/// <summary>How far a database was read, and what is known of the messages that will not be read again unless they change.</summary>
/// <param name="Mark">Where the next reading begins.</param>
/// <param name="Records">Calls among them.</param>
/// <param name="Malformed">Those of them that could not be read.</param>
/// <param name="Fault">What was wrong with one of those.</param>
internal sealed record OpencodeProgress(string Mark, long Records, long Malformed, string? Fault)
{
    /// <returns>Null for the state of a version that kept none of this: all is read once more.</returns>
    public static OpencodeProgress? Parse(string? state)
    {
        try
        {
            return state is null ? null : JsonSerializer.Deserialize(state, OpencodeJson.Default.OpencodeProgress);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public override string ToString() => JsonSerializer.Serialize(this, OpencodeJson.Default.OpencodeProgress);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(OpencodeProgress))]
internal sealed partial class OpencodeJson : JsonSerializerContext;
