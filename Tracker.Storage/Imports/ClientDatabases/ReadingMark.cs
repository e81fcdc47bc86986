using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Tracker.Storage.Imports.ClientDatabases;

/// <summary>
/// How far a client's database was read: everything up to a place or a moment, with the number of those entries and a checksum of their places or times. When these differ the next time,
/// something older has changed after all (the clock was set back, sessions were deleted, the file is another), and all is read again.
/// </summary>
internal readonly record struct ReadingMark(long UpTo, long Count, long Checksum)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{UpTo} {Count} {Checksum}");

    /// <summary>The mark behind further entries, without looking at those before once more.</summary>
    /// <param name="further">Of the entries alone that follow.</param>
    public ReadingMark FollowedBy(ReadingMark further) => new(further.UpTo, Count + further.Count, Checksum + further.Checksum);

    public static bool TryParse([NotNullWhen(true)] string? text, out ReadingMark mark)
    {
        mark = default;
        if (text?.Split(' ') is not [var first, var second, var third] || !TryNumber(first, out var upTo) || !TryNumber(second, out var count) || !TryNumber(third, out var checksum))
        {
            return false;
        }

        mark = new ReadingMark(upTo, count, checksum);
        return true;
    }

    private static bool TryNumber(string text, out long number) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
}
