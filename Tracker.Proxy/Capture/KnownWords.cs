using System.Text;

namespace Tracker.Proxy.Capture;

/// <summary>
/// Texts that calls have in common, such as the name of a model: one string for all of them. A record waits for its transaction, so what it holds outlives a collection of garbage
/// or two, and each of those strings would be copied there.
/// </summary>
internal static class KnownWords
{
    private const int Longest = 64;
    private const int Count = 256;

    // A word that falls on the place of another one takes it. Threads may do that at the same time: a place holds one word or the other.
    private static readonly Word?[] Words = new Word?[Count];

    /// <param name="utf8">Valid UTF-8.</param>
    public static string Text(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length is 0 or > Longest)
        {
            return Encoding.UTF8.GetString(utf8);
        }

        ref var place = ref Words[PlaceOf(utf8)];
        if (Volatile.Read(ref place) is { } known && utf8.SequenceEqual(known.Utf8))
        {
            return known.Text;
        }

        var word = new Word(utf8.ToArray(), Encoding.UTF8.GetString(utf8));
        Volatile.Write(ref place, word);
        return word.Text;
    }

    private static int PlaceOf(ReadOnlySpan<byte> utf8)
    {
        var hash = (uint)utf8.Length;
        foreach (var value in utf8)
        {
            hash = (hash * 31) + value;
        }

        return (int)(hash % Count);
    }

    private sealed record Word(byte[] Utf8, string Text);
}
