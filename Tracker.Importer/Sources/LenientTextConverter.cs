using System.Text.Json;
using System.Text.Json.Serialization;

namespace Tracker.Importer.Sources;

/// <summary>Reads a text that a log may hold as something else: what is no string, or an empty one, is null, and bytes that are not text are no reason to lose a line.</summary>
internal sealed class LenientTextConverter : JsonConverter<string>
{
    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            reader.Skip();
            return null;
        }

        return JsonText.Of(ref reader) is { Length: > 0 } text ? text : null;
    }

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);
}
