using System.Buffers.Binary;
using System.Text;

namespace Tracker.Importer.Sources;

/// <summary>Makes strings of bytes, and the same string again for bytes that were seen lately: in a log most values repeat from line to line. Used by one thread.</summary>
internal sealed class TextCache
{
    private const int Slots = 256;
    private const int LongestKept = 256;
    private readonly string?[] _texts = new string?[Slots];

    public string Get(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length > LongestKept)
        {
            return Encoding.UTF8.GetString(utf8);
        }

        ref var slot = ref _texts[SlotOf(utf8)];
        if (slot is null || !Ascii.Equals(utf8, slot))
        {
            slot = Encoding.UTF8.GetString(utf8);
        }

        return slot;
    }

    private static uint SlotOf(ReadOnlySpan<byte> utf8)
    {
        var hash = (uint)utf8.Length;
        if (utf8.Length >= sizeof(ulong))
        {
            var mixed = (BinaryPrimitives.ReadUInt64LittleEndian(utf8) ^ (BinaryPrimitives.ReadUInt64LittleEndian(utf8[^sizeof(ulong)..]) * 31)) * 0x9E3779B97F4A7C15;
            hash ^= (uint)(mixed >> 40);
        }
        else
        {
            foreach (var value in utf8)
            {
                hash = (hash * 31) + value;
            }
        }

        return hash % Slots;
    }
}
