using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using Tracker.Storage.Usage;

namespace Tracker.Proxy.Capture;

/// <summary>One scalar of a document, valid during the call that shows it.</summary>
/// <param name="bytes">The value; a string without quotes, still escaped, at most <see cref="JsonScanner.LongestValue"/> bytes.</param>
/// <param name="isString">Whether it stood in quotes.</param>
/// <param name="isCut">Whether the value was longer than what is kept.</param>
internal readonly ref struct JsonScalar(ReadOnlySpan<byte> bytes, bool isString, bool isCut)
{
    public ReadOnlySpan<byte> Bytes { get; } = bytes;

    public bool IsString { get; } = isString;

    public bool IsCut { get; } = isCut;

    public bool IsTrue => !IsString && Bytes.SequenceEqual("true"u8);

    /// <summary>
    /// The string's text; null for anything else, for a string too long to be an id or a name, and for an empty one: servers send those for what they do not tell, also after they have
    /// told it (sgl-project/sglang#3912, ollama/ollama#4357 and Azure's asynchronous filter, seen 2026-11).
    /// </summary>
    public string? Text => IsString && !IsCut && Bytes.Length > 0 ? Unescape(Bytes) : null;

    /// <summary>The same for a text that many calls have in common: a model, a reason, a tool's name.</summary>
    public string? Word => IsString && !IsCut && Bytes.Length > 0 && Ascii.IsValid(Bytes) && !Bytes.Contains((byte)'\\') ? KnownWords.Text(Bytes) : Text;

    /// <summary>The string's beginning, at most <paramref name="characters"/> long; null for anything else.</summary>
    public string? Beginning(int characters)
    {
        if (!IsString)
        {
            return null;
        }

        var bytes = Bytes;
        while (IsCut && bytes.Length > 0 && Unescape(bytes) is null)
        {
            bytes = bytes[..^1]; // The cut went through a character or an escape.
        }

        var text = Unescape(bytes);
        return text?.Length > characters ? text[..(char.IsHighSurrogate(text[characters - 1]) ? characters - 1 : characters)] : text;
    }

    /// <summary>A whole number that can be a count, also written as 50.0; null for anything else.</summary>
    public long? Count =>
        IsString || IsCut ? null
        : Utf8Parser.TryParse(Bytes, out long number, out var used) && used == Bytes.Length ? TokenCount.OrUnknown(number)
        : Number is { } fraction ? TokenCount.OrUnknown(fraction)
        : null;

    /// <summary>A number; null for anything else.</summary>
    public double? Number => !IsString && !IsCut && Utf8Parser.TryParse(Bytes, out double number, out var used) && used == Bytes.Length && double.IsFinite(number) ? number : null;

    public bool Is(ReadOnlySpan<byte> text) => IsString && Bytes.SequenceEqual(text);

    private static string? Unescape(ReadOnlySpan<byte> bytes)
    {
        if (!bytes.Contains((byte)'\\'))
        {
            return System.Text.Unicode.Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : null;
        }

        try
        {
            var reader = new Utf8JsonReader([(byte)'"', .. bytes, (byte)'"']);
            reader.Read();
            return reader.GetString();
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null; // Half an escape, or an unpaired surrogate.
        }
    }
}
