using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Tracker.Importer.Sources;

/// <summary>
/// Walks over one line of compact JSON faster than <see cref="System.Text.Json.Utf8JsonReader"/> can. It is stricter: whatever is unusual, and whatever is wrong, makes a method
/// say <see langword="false"/>, and the caller reads the line with the reader instead, which decides. What it accepts, the reader accepts too, and reads alike.
/// </summary>
internal ref struct JsonWalk(ReadOnlySpan<byte> text)
{
    // Deeper is rare, and left to the reader.
    private const int DeepestNesting = 100;
    private const int MostDigits = 18;

    private readonly ReadOnlySpan<byte> _text = text;
    private int _position;

    /// <summary>Whether all was walked over.</summary>
    public readonly bool IsAtEnd => _position == _text.Length;

    /// <summary>Takes one byte of the grammar, if it is next.</summary>
    public bool Takes(byte token)
    {
        if ((uint)_position < (uint)_text.Length && _text[_position] == token)
        {
            _position++;
            return true;
        }

        return false;
    }

    /// <summary>Whether a byte is next.</summary>
    public readonly bool IsNext(byte token) => (uint)_position < (uint)_text.Length && _text[_position] == token;

    /// <summary>Whether a number is next.</summary>
    public readonly bool IsNumberNext => (uint)_position < (uint)_text.Length && (_text[_position] == '-' || char.IsAsciiDigit((char)_text[_position]));

    /// <summary>Takes a name and its colon.</summary>
    /// <param name="name">Without quotes. One with escapes is unusual.</param>
    public bool TryName(out ReadOnlySpan<byte> name) => TryString(out name, out var isEscaped) && !isEscaped && Takes((byte)':');

    /// <summary>Takes a string.</summary>
    /// <param name="value">What is between the quotes, as it is written.</param>
    /// <param name="isEscaped">Whether there are escapes in it.</param>
    public bool TryString(out ReadOnlySpan<byte> value, out bool isEscaped)
    {
        value = default;
        isEscaped = false;
        if (!Takes((byte)'"'))
        {
            return false;
        }

        var start = _position;
        var end = EndOfString(_text, start, ref isEscaped);
        if (end < 0)
        {
            return false;
        }

        value = _text[start..end];
        _position = end + 1;
        return true;
    }

    /// <summary>Takes a value that is a string or not.</summary>
    /// <param name="value">Null bytes (<c>default</c>) for what is no string; it is passed over.</param>
    /// <param name="isString">Whether it is one.</param>
    /// <param name="isEscaped">Whether there are escapes in it.</param>
    public bool TryText(out ReadOnlySpan<byte> value, out bool isString, out bool isEscaped)
    {
        isString = IsNext((byte)'"');
        if (isString)
        {
            return TryString(out value, out isEscaped);
        }

        value = default;
        isEscaped = false;
        return TrySkip();
    }

    /// <summary>Takes a value that is a whole number or not.</summary>
    /// <param name="number">Null for what is no whole number; it is passed over.</param>
    public bool TryNumber(out long? number)
    {
        var start = _position;
        if (!TrySkip())
        {
            number = null;
            return false;
        }

        var written = _text[start.._position];
        number = null;
        if (written[0] is >= (byte)'0' and <= (byte)'9')
        {
            var sum = 0L;
            foreach (var digit in written)
            {
                if (digit == '.')
                {
                    return true;
                }

                sum = (sum * 10) + (digit - '0');
            }

            number = sum;
            return true;
        }

        return written[0] != '-'; // Left to the reader: no count is negative.
    }

    /// <summary>Passes over a value of any kind.</summary>
    public bool TrySkip() => TrySkip(0);

    private bool TrySkip(int depth)
    {
        if ((uint)_position >= (uint)_text.Length)
        {
            return false;
        }

        switch (_text[_position])
        {
            case (byte)'"':
                var isEscaped = false;
                var end = EndOfString(_text, _position + 1, ref isEscaped);
                _position = end + 1;
                return end >= 0;
            case (byte)'{':
                return depth < DeepestNesting && TrySkipObject(depth + 1);
            case (byte)'[':
                return depth < DeepestNesting && TrySkipArray(depth + 1);
            case (byte)'t':
                return TakesWord("true"u8);
            case (byte)'f':
                return TakesWord("false"u8);
            case (byte)'n':
                return TakesWord("null"u8);
            default:
                return TrySkipNumber();
        }
    }

    private bool TrySkipObject(int depth)
    {
        _position++;
        if (Takes((byte)'}'))
        {
            return true;
        }

        do
        {
            var isEscaped = false;
            if (!Takes((byte)'"') || (_position = EndOfString(_text, _position, ref isEscaped) + 1) <= 0 || !Takes((byte)':') || !TrySkip(depth))
            {
                return false;
            }
        }
        while (Takes((byte)','));
        return Takes((byte)'}');
    }

    private bool TrySkipArray(int depth)
    {
        _position++;
        if (Takes((byte)']'))
        {
            return true;
        }

        do
        {
            if (!TrySkip(depth))
            {
                return false;
            }
        }
        while (Takes((byte)','));
        return Takes((byte)']');
    }

    private bool TakesWord(ReadOnlySpan<byte> word)
    {
        if (!_text[_position..].StartsWith(word))
        {
            return false;
        }

        _position += word.Length;
        return true;
    }

    // Whole numbers and plain fractions of few digits; what else is a number is left to the reader.
    private bool TrySkipNumber()
    {
        Takes((byte)'-');
        var start = _position;
        if (!TakesDigits() || (_text[start] == '0' && _position - start > 1))
        {
            return false;
        }

        return !Takes((byte)'.') || TakesDigits();
    }

    private bool TakesDigits()
    {
        var start = _position;
        while ((uint)_position < (uint)_text.Length && _text[_position] is >= (byte)'0' and <= (byte)'9')
        {
            _position++;
        }

        return _position - start is > 0 and <= MostDigits && !IsNext((byte)'e') && !IsNext((byte)'E');
    }

    /// <returns>Where the closing quote is; negative when there is none, or an escape or a byte that JSON does not know.</returns>
    private static int EndOfString(ReadOnlySpan<byte> text, int position, ref bool isEscaped)
    {
        // Nine of ten strings are names, ids and words, which end in their first bytes.
        if (position <= text.Length - Vector128<byte>.Count)
        {
            var block = Vector128.LoadUnsafe(ref MemoryMarshal.GetReference(text), (nuint)position);
            var hits = Vector128.Equals(block, Vector128.Create((byte)'"')) | Vector128.Equals(block, Vector128.Create((byte)'\\')) | Vector128.Equals(Vector128.Min(block, Vector128.Create((byte)0x1F)), block);
            if (hits != Vector128<byte>.Zero)
            {
                position += BitOperations.TrailingZeroCount(hits.ExtractMostSignificantBits());
                if (text[position] == '"')
                {
                    return position;
                }
            }
        }

        return EndOfLongString(text, position, ref isEscaped);
    }

    // Compiled at its first call as well as it can be: an import is over before the runtime would look at it again.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int EndOfLongString(ReadOnlySpan<byte> text, int position, ref bool isEscaped)
    {
        ref var start = ref MemoryMarshal.GetReference(text);
        var quote = Vector256.Create((byte)'"');
        var backslash = Vector256.Create((byte)'\\');
        var lastControl = Vector256.Create((byte)0x1F);
        var lastBlock = text.Length - Vector256<byte>.Count;
        while (position <= lastBlock)
        {
            var block = Vector256.LoadUnsafe(ref start, (nuint)position);
            var hits = (Vector256.Equals(block, quote) | Vector256.Equals(block, backslash) | Vector256.Equals(Vector256.Min(block, lastControl), block)).ExtractMostSignificantBits();
            var next = position + Vector256<byte>.Count;
            while (hits != 0)
            {
                var at = position + BitOperations.TrailingZeroCount(hits);
                var found = Unsafe.Add(ref start, at);
                if (found == '"')
                {
                    return at;
                }

                var length = found == '\\' ? LengthOfEscape(text, at) : 0;
                if (length == 0)
                {
                    return -1;
                }

                isEscaped = true;
                if (at + length >= next)
                {
                    next = at + length;
                    break;
                }

                hits &= uint.MaxValue << (at + length - position);
            }

            position = next;
        }

        while (position < text.Length)
        {
            var found = Unsafe.Add(ref start, position);
            if (found == '"')
            {
                return position;
            }

            if (found == '\\')
            {
                var length = LengthOfEscape(text, position);
                if (length == 0)
                {
                    return -1;
                }

                isEscaped = true;
                position += length;
            }
            else if (found < 0x20)
            {
                return -1;
            }
            else
            {
                position++;
            }
        }

        return -1;
    }

    private static int LengthOfEscape(ReadOnlySpan<byte> text, int at)
    {
        if ((uint)(at + 1) >= (uint)text.Length)
        {
            return 0;
        }

        switch (text[at + 1])
        {
            case (byte)'n' or (byte)'"' or (byte)'\\' or (byte)'t' or (byte)'r' or (byte)'/' or (byte)'b' or (byte)'f':
                return 2;
            case (byte)'u':
                return at + 6 <= text.Length && IsHex(text[at + 2]) && IsHex(text[at + 3]) && IsHex(text[at + 4]) && IsHex(text[at + 5]) ? 6 : 0;
            default:
                return 0;
        }
    }

    private static bool IsHex(byte value) => char.IsAsciiHexDigit((char)value);
}
