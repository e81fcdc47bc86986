using System.Text.Json;

namespace Tracker.Importer.Importing;

/// <summary>Judges a line that carries no usage, so that a damaged log is noticed. Cheap for a line that looks like an object, because nearly all do.</summary>
internal static class LineCheck
{
    /// <summary>How an explanation of what is no JSON begins.</summary>
    public const string NotJson = "is not valid JSON";

    /// <param name="line">The line; not empty.</param>
    /// <param name="mayHaveNul">Whether it may hold NUL bytes.</param>
    /// <returns>What is wrong with the line, or null.</returns>
    public static string? FaultOf(ReadOnlySpan<byte> line, bool mayHaveNul)
    {
        if (mayHaveNul && line.Contains((byte)0))
        {
            return "holds NUL bytes, as after a crash of the machine, or is not text";
        }

        var looksLikeObject = line[0] == '{' && line[^1] == '}' && line[1..].TrimStart(" \t"u8)[0] is (byte)'"' or (byte)'}';
        return looksLikeObject ? null : JsonFaultOf(line);
    }

    /// <param name="head">The beginning of a file.</param>
    /// <exception cref="FormatException">It is UTF-16.</exception>
    public static void RequireUtf8(ReadOnlySpan<byte> head)
    {
        if (head.StartsWith<byte>([0xFF, 0xFE]) || head.StartsWith<byte>([0xFE, 0xFF]) || head.StartsWith("{\0"u8) || head.StartsWith("\0{"u8) || head.StartsWith("[\0"u8) || head.StartsWith("\0["u8))
        {
            throw new FormatException("is UTF-16 text, as some programs make of a file when they copy it; clients write UTF-8");
        }
    }

    private static string? JsonFaultOf(ReadOnlySpan<byte> line)
    {
        try
        {
            var reader = new Utf8JsonReader(line, new JsonReaderOptions { MaxDepth = 512 });
            while (reader.Read())
            {
            }

            return null;
        }
        catch (JsonException exception)
        {
            return Explain(exception);
        }
    }

    /// <summary>The parser's own message quotes the line, which may be private.</summary>
    public static string Explain(JsonException exception) => $"{NotJson} (from byte {exception.BytePositionInLine})";
}
