using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Tracker.Importer.Importing;

/// <summary>
/// Looks for the end of a line, and on the same way over its bytes for what decides what becomes of it: most lines of a log are long, and never looked at again.
/// </summary>
internal struct LineSearch
{
    // A marker is looked for by three of its bytes at their distances: its first, its third and its last.
    private const int Third = 2;

    /// <summary>There is a NUL byte.</summary>
    public bool HasNul;

    /// <summary>The marker is there or, which is rare, something alike.</summary>
    public bool MayHaveMarker;

    /// <summary>Searches to the first line feed, or to the end.</summary>
    /// <param name="text">Where a line begins, or goes on.</param>
    /// <param name="marker">Empty, or of at least 4 and at most 32 bytes; none of them a line feed. One that <paramref name="text"/> ends in the middle of is not noticed.</param>
    /// <returns>Where the line feed is; negative without one.</returns>
    // Compiled at its first call as well as it can be: an import is over before the runtime would look at it again.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int EndOfLine(ReadOnlySpan<byte> text, ReadOnlySpan<byte> marker)
    {
        if (marker.IsEmpty)
        {
            MayHaveMarker = true;
            return EndOfRest(text, 0, marker);
        }

        ref var start = ref MemoryMarshal.GetReference(text);
        var (first, third, last) = (Vector256.Create(marker[0]), Vector256.Create(marker[Third]), Vector256.Create(marker[^1]));
        var lineFeed = Vector256.Create((byte)'\n');
        var (nuls, hits) = (Vector256<byte>.Zero, Vector256<byte>.Zero);
        var lastBlock = text.Length - Vector256<byte>.Count - (marker.Length - 1);
        var position = 0;
        for (; position <= lastBlock; position += Vector256<byte>.Count)
        {
            var block = Vector256.LoadUnsafe(ref start, (nuint)position);
            var nul = Vector256.Equals(block, Vector256<byte>.Zero);
            var hit = Vector256.Equals(block, first)
                & Vector256.Equals(Vector256.LoadUnsafe(ref start, (nuint)(position + Third)), third)
                & Vector256.Equals(Vector256.LoadUnsafe(ref start, (nuint)(position + marker.Length - 1)), last);
            var ends = Vector256.Equals(block, lineFeed).ExtractMostSignificantBits();
            if (ends != 0)
            {
                var at = BitOperations.TrailingZeroCount(ends);
                var before = (1u << at) - 1;
                HasNul |= nuls != Vector256<byte>.Zero || (nul.ExtractMostSignificantBits() & before) != 0;
                MayHaveMarker |= hits != Vector256<byte>.Zero || (hit.ExtractMostSignificantBits() & before) != 0;
                return position + at;
            }

            nuls |= nul;
            hits |= hit;
        }

        HasNul |= nuls != Vector256<byte>.Zero;
        MayHaveMarker |= hits != Vector256<byte>.Zero;
        return EndOfRest(text, position, marker);
    }

    private int EndOfRest(ReadOnlySpan<byte> text, int position, ReadOnlySpan<byte> marker)
    {
        var rest = text[position..];
        var end = rest.IndexOf((byte)'\n');
        var line = end < 0 ? rest : rest[..end];
        HasNul |= line.Contains((byte)0);
        MayHaveMarker |= line.IndexOf(marker) >= 0;
        return end < 0 ? -1 : position + end;
    }
}
