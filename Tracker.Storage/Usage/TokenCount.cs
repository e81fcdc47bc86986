namespace Tracker.Storage.Usage;

/// <summary>What may pass as a count of tokens or calls.</summary>
public static class TokenCount
{
    /// <summary>Far above what one call can use, and small enough that sums and costs over a whole database stay within 64 bits.</summary>
    public const long Largest = 10_000_000_000;

    /// <returns>Null for a number that is no count: negative, or absurdly large.</returns>
    public static long? OrUnknown(long number) => number is >= 0 and <= Largest ? number : null;

    /// <summary>The same of a number in JSON, where 1004.0 is 1004: Copilot's logs have whole numbers written so (1.0.102, seen 2026-11), and servers may. All counts are exact in it.</summary>
    /// <returns>Null for one that is not whole, too.</returns>
    public static long? OrUnknown(double number) => number is >= 0 and <= Largest && Math.Floor(number) == number ? (long)number : null;
}
