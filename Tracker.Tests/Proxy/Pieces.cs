using CsCheck;

namespace Tracker.Tests.Proxy;

/// <summary>Ways to cut bytes, as a network may.</summary>
internal static class Pieces
{
    /// <summary>In two, at every offset; the first or the second piece may be empty.</summary>
    public static IEnumerable<IReadOnlyList<byte[]>> InTwo(byte[] bytes) => Enumerable.Range(0, bytes.Length + 1).Select(at => (IReadOnlyList<byte[]>)[bytes[..at], bytes[at..]]);

    public static IReadOnlyList<byte[]> OneByOne(byte[] bytes) => Of(bytes, [1]);

    /// <summary>In pieces of these lengths, over and over.</summary>
    public static IReadOnlyList<byte[]> Of(byte[] bytes, IReadOnlyList<int> lengths)
    {
        var pieces = new List<byte[]>();
        for (var at = 0; at < bytes.Length; at += pieces[^1].Length)
        {
            pieces.Add(bytes[at..Math.Min(at + lengths[pieces.Count % lengths.Count], bytes.Length)]);
        }

        return pieces;
    }

    /// <summary>Lengths for <see cref="Of"/>.</summary>
    public static Gen<int[]> Lengths { get; } = Gen.OneOf(Gen.Int[1, 5], Gen.Int[1, 2000]).Array[1, 10];
}
