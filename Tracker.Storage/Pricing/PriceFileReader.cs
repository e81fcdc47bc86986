using System.Text.Json;

namespace Tracker.Storage.Pricing;

/// <summary>Reads a price file as it is written; what its entries mean is checked when a book is built of it.</summary>
internal static class PriceFileReader
{
    /// <param name="json">UTF-8, with or without a byte order mark.</param>
    /// <param name="name">What messages call the file.</param>
    /// <exception cref="PriceFileException">It is not JSON, or not of this shape.</exception>
    public static PriceFile Read(ReadOnlySpan<byte> json, string name)
    {
        try
        {
            return JsonSerializer.Deserialize(json.StartsWith("\uFEFF"u8) ? json[3..] : json, PriceFileJson.Default.PriceFile) ?? throw new JsonException("it holds nothing");
        }
        catch (JsonException exception)
        {
            throw new PriceFileException($"{name}{Place(exception)}: {FirstSentence(exception.Message)}", exception);
        }
    }

    private static string Place(JsonException exception) => exception switch
    {
        { Path: ['$', '.', .. var path], LineNumber: { } line } => $", line {line + 1} ({path})",
        { LineNumber: { } line } => $", line {line + 1}",
        _ => "",
    };

    // The rest repeats the place.
    private static string FirstSentence(string message) => message.Split(" Path: ", 2)[0];
}
