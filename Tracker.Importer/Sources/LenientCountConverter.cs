using System.Text.Json;
using System.Text.Json.Serialization;
using Tracker.Storage.Usage;

namespace Tracker.Importer.Sources;

/// <summary>Reads a count of tokens: a number that is none (negative, absurdly large, no whole number) is unknown.</summary>
internal sealed class LenientCountConverter : JsonConverter<long?>
{
    public override bool HandleNull => true;

    public override long? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetDouble(out var number))
        {
            return TokenCount.OrUnknown(number);
        }

        reader.Skip();
        return null;
    }

    public override void Write(Utf8JsonWriter writer, long? value, JsonSerializerOptions options)
    {
        if (value is { } count)
        {
            writer.WriteNumberValue(count);
        }
        else
        {
            writer.WriteNullValue();
        }
    }
}
