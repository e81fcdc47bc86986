using System.Globalization;
using System.Text.Json;
using Tracker.Storage.Usage;

namespace Tracker.Importer.Sources;

/// <summary>
/// Reads fields of a log that was written by somebody else: what is missing, or of another kind than expected, is unknown, and never an error of the whole document.
/// </summary>
internal static class JsonFields
{
    /// <summary>Deep enough for what models put into the arguments of tools.</summary>
    public static readonly JsonDocumentOptions Options = new() { MaxDepth = 512 };

    /// <exception cref="JsonException">It is not JSON.</exception>
    public static JsonDocument Parse(ReadOnlySpan<byte> content)
    {
        var reader = new Utf8JsonReader(content, new JsonReaderOptions { MaxDepth = Options.MaxDepth });
        var document = JsonDocument.ParseValue(ref reader);
        try
        {
            reader.Read(); // Throws when something follows.
            return document;
        }
        catch
        {
            document.Dispose();
            throw;
        }
    }

    /// <returns>The field, or an element of no kind (<see cref="JsonValueKind.Undefined"/>), whose own fields are unknown.</returns>
    public static JsonElement Field(this JsonElement element, string name)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            return default;
        }

        try
        {
            return element.TryGetProperty(name, out var value) ? value : default;
        }
        catch (InvalidOperationException)
        {
            return element.EnumerateObject().LastOrDefault(field => field.NameOrNull() == name).Value; // The name of one beside it is no valid text.
        }
    }

    /// <returns>Null for a name that is no valid text: half of a surrogate pair, or bytes that are not UTF-8.</returns>
    public static string? NameOrNull(this JsonProperty field)
    {
        try
        {
            return field.Name;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>The entries of a list; none if it is no list.</summary>
    public static IEnumerable<JsonElement> Items(this JsonElement element) =>
        element.ValueKind == JsonValueKind.Array ? element.EnumerateArray() : Enumerable.Empty<JsonElement>();

    /// <returns>Null for an empty text as well.</returns>
    public static string? Text(this JsonElement element, string name) => element.Field(name).AsText();

    /// <inheritdoc cref="Text"/>
    public static string? AsText(this JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            return null;
        }

        try
        {
            return value.GetString() is { Length: > 0 } text ? text : null;
        }
        catch (InvalidOperationException)
        {
            return null; // Half of a surrogate pair, or bytes that are not UTF-8.
        }
    }

    /// <summary>A number of tokens or calls.</summary>
    public static long? Count(this JsonElement element, string name) =>
        element.Field(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetDouble(out var number) ? TokenCount.OrUnknown(number) : null;

    /// <summary>A moment: milliseconds since 1970, or a text in ISO 8601 (UTC unless it says otherwise).</summary>
    public static DateTimeOffset? Time(this JsonElement element, string name)
    {
        var value = element.Field(name);
        if (value.ValueKind == JsonValueKind.Number)
        {
            return value.TryGetDouble(out var milliseconds) && milliseconds is > 0 and < 253402300800000 ? DateTimeOffset.FromUnixTimeMilliseconds((long)milliseconds) : null;
        }

        return DateTimeOffset.TryParse(element.Text(name), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;
    }

    /// <summary>What a client says a call cost, in nano-USD. Clients write 0 for a model whose price they do not know: null.</summary>
    public static long? Cost(this JsonElement element, string name) =>
        element.Field(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetDouble(out var dollars) ? NanoUsd(dollars) : null;

    /// <inheritdoc cref="Cost"/>
    public static long? NanoUsd(double dollars) => dollars is > 0 and < 1_000_000 ? (long)Math.Round(dollars * 1e9) : null;
}
