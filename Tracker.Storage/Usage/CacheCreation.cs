namespace Tracker.Storage.Usage;

/// <summary>Tokens written to the cache, by lifetime. Both null: not reported.</summary>
public readonly record struct CacheCreation(long? FiveMinutes, long? OneHour)
{
    /// <summary>
    /// From a total and its split, either of which may be missing. What the split does not cover counts as 5 minutes (other vendors' endpoints
    /// report a total beside a split of 0/0); a split that is larger than the total is kept.
    /// </summary>
    public static CacheCreation From(long? total, long? fiveMinutes, long? oneHour)
    {
        if (total is null && fiveMinutes is null && oneHour is null)
        {
            return default;
        }

        var hour = oneHour ?? 0;
        return new CacheCreation(Math.Max(fiveMinutes ?? 0, (total ?? 0) - hour), hour);
    }
}
