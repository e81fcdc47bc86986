namespace Tracker.Storage.Usage;

/// <summary>What may pass as a count of tokens or calls.</summary>
public static class TokenCount
{
    /// <summary>Far above what one call can use, and small enough that sums and costs over a whole database stay within 64 bits.</summary>
    public const long Largest = 10_000_000_000;

    /// <returns>Null for a number that is no count: negative, or absurdly large.</returns>
    public static long? OrUnknown(long number) => number is >= 0 and <= Largest ? number : null;
}
