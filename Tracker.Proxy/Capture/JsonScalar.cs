using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
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
    private const int ShortEscape = 2; // \n
    private const int LongEscape = 6; // \u00e9
    private const int LongestCharacter = 4; // Bytes of UTF-8.

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

    /// <summary>
    /// The string's beginning, at most <paramref name="characters"/> long; null for anything else. What is half a character is a replacement character: one of them costs no preview, and no exception
    /// while the request waits.
    /// </summary>
    public string? Beginning(int characters)
    {
        if (!IsString)
        {
            return null;
        }

        var bytes = Bytes;
        for (var tries = 1; IsCut && tries < LongestCharacter && !bytes.IsEmpty && Rune.DecodeLastFromUtf8(bytes, out _, out var length) != OperationStatus.Done; tries++)
        {
            bytes = bytes[..^length]; // The cut went through a character.
        }

        var text = bytes.Length <= JsonScanner.LongestValue ? stackalloc char[bytes.Length] : new char[bytes.Length];
        if (!TryUnescape(bytes, text, out var count))
        {
            return null;
        }

        count -= IsCut && count > 0 && char.IsHighSurrogate(text[count - 1]) ? 1 : 0; // It went through a pair.
        text = text[..count];
        MendPairs(text);
        return new string(count > characters ? text[..(char.IsHighSurrogate(text[characters - 1]) ? characters - 1 : characters)] : text);
    }

    /// <summary>A whole number that can be a count, also written as 50.0; null for anything else.</summary>
    public long? Count =>
        IsString || IsCut ? null
        : Utf8Parser.TryParse(Bytes, out long number, out var used) && used == Bytes.Length ? TokenCount.OrUnknown(number)
        : Number is { } fraction ? TokenCount.OrUnknown(fraction)
        : null;

    /// <summary>A number; null for anything else.</summary>
    public double? Number => !IsString && !IsCut && Utf8Parser.TryParse(Bytes, out double number, out var used) && used == Bytes.Length && double.IsFinite(number) ? number : null;

    /// <summary>The count, which replaces the one that is known; 0 replaces none: it stands for a count that is told in another place.</summary>
    public long? CountAfter(long? known) => Count is > 0 and var count ? count : known ?? Count;

    public bool Is(ReadOnlySpan<byte> text) => IsString && Bytes.SequenceEqual(text);

    /// <summary>Half an escape at the end of a string that was cut is left out.</summary>
    private bool TryUnescape(ReadOnlySpan<byte> bytes, Span<char> text, out int count)
    {
        count = 0;
        while (true)
        {
            var plain = bytes.IndexOf((byte)'\\');
            count += Encoding.UTF8.GetChars(plain < 0 ? bytes : bytes[..plain], text[count..]);
            if (plain < 0)
            {
                return true;
            }

            bytes = bytes[plain..];
            var length = bytes.Length > 1 && bytes[1] == (byte)'u' ? LongEscape : ShortEscape;
            if (bytes.Length < length || Unescaped(bytes[1..length]) is not { } character)
            {
                return IsCut && bytes.Length < length;
            }

            text[count++] = character;
            bytes = bytes[length..];
        }
    }

    private static char? Unescaped(ReadOnlySpan<byte> escape) => escape[0] switch
    {
        (byte)'"' or (byte)'\\' or (byte)'/' => (char)escape[0],
        (byte)'b' => '\b',
        (byte)'f' => '\f',
        (byte)'n' => '\n',
        (byte)'r' => '\r',
        (byte)'t' => '\t',
        (byte)'u' when ushort.TryParse(escape[1..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code) => (char)code,
        _ => null,
    };

    private static void MendPairs(Span<char> text)
    {
        for (var at = 0; text[at..].IndexOfAnyInRange('\ud800', '\udfff') is >= 0 and var next;)
        {
            at += next;
            if (at + 1 < text.Length && char.IsSurrogatePair(text[at], text[at + 1]))
            {
                at += 2;
            }
            else
            {
                text[at++] = (char)Rune.ReplacementChar.Value;
            }
        }
    }

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
