using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Tracker.Storage.Usage;

namespace Tracker.Proxy.Recording;

/// <summary>
/// One record in the journal: <c>\n&lt;CRC-32C in 8 hex digits&gt; &lt;JSON&gt;\n</c>. JSON escapes control characters, so a line end stands only between records, and what is
/// torn or was never written (zeros) ends at the next one.
/// </summary>
internal static class JournalLine
{
    /// <summary>The first line of every segment; its number rises when older programs cannot read the lines.</summary>
    public static ReadOnlySpan<byte> Header => "tracker-journal 1\n"u8;

    /// <summary>Longer records stay in memory only. Strings from the network are cut far below this.</summary>
    private const int Longest = 256 * 1024;

    private const int CrcDigits = 8;
    private const int BeforeJson = 1 + CrcDigits + 1;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? _json;

    /// <summary>Encodes a record into a buffer of the calling thread, which the next call overwrites.</summary>
    /// <returns>Empty when the record is too long.</returns>
    public static ReadOnlySpan<byte> Encode(UsageRecord record)
    {
        if (_buffer is not { Capacity: <= Longest } buffer) // One giant must not keep its memory for good.
        {
            _buffer = buffer = new ArrayBufferWriter<byte>(4096);
        }

        buffer.ResetWrittenCount();
        buffer.Write("\n00000000 "u8);
        var json = _json ??= new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true });
        json.Reset(buffer);
        JournalRecord.Write(json, record);
        json.Flush();
        var crc = Crc32C(buffer.WrittenSpan[BeforeJson..]);
        buffer.Write("\n"u8);
        if (buffer.WrittenCount > Longest)
        {
            return default;
        }

        // The buffer hands out no writable view of what is written, and copying it would cost more than writing the digits in place.
        var line = MemoryMarshal.AsMemory(buffer.WrittenMemory).Span;
        Utf8Formatter.TryFormat(crc, line[1..], out _, new StandardFormat('x', CrcDigits));
        return line;
    }

    /// <summary>Reads a line without its line end.</summary>
    /// <returns>Null when it is damaged.</returns>
    public static UsageRecord? Decode(ReadOnlySpan<byte> line)
    {
        if (line.Length <= CrcDigits || !Utf8Parser.TryParse(line[..CrcDigits], out uint crc, out var digits, 'x') || digits != CrcDigits
            || line[CrcDigits] != (byte)' ' || Crc32C(line[(CrcDigits + 1)..]) != crc)
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize(line[(CrcDigits + 1)..], JournalJson.Default.UsageRecord);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static uint Crc32C(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        }

        foreach (var value in bytes)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return ~crc;
    }
}

/// <summary>Names and numbers here are the journal's format: a test reads a segment of each version that was ever released.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Converters = [typeof(UsageKeyConverter)])]
[JsonSerializable(typeof(UsageRecord))]
internal sealed partial class JournalJson : JsonSerializerContext;

internal sealed class UsageKeyConverter : JsonConverter<UsageKey>
{
    public override UsageKey Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        UsageKey.FromStored(reader.GetString() ?? throw new JsonException("A usage key is missing."));

    public override void Write(Utf8JsonWriter writer, UsageKey value, JsonSerializerOptions options) => writer.WriteStringValue(value.Value);
}
