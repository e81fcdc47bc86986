namespace Tracker.Storage.Joining;

/// <summary>From one moment to another, both included, in milliseconds since 1970.</summary>
internal readonly record struct TimeRange(long From, long To)
{
    public bool Contains(long time) => time >= From && time <= To;

    public TimeRange Widened(long by) => new(From - by, To + by);

    /// <summary>One range instead of those that are not further than <paramref name="gap"/> apart.</summary>
    public static List<TimeRange> Merge(IEnumerable<TimeRange> ranges, long gap)
    {
        var merged = new List<TimeRange>();
        foreach (var range in ranges.OrderBy(range => range.From))
        {
            if (merged.Count > 0 && range.From - merged[^1].To <= gap)
            {
                merged[^1] = new TimeRange(merged[^1].From, Math.Max(merged[^1].To, range.To));
            }
            else
            {
                merged.Add(range);
            }
        }

        return merged;
    }
}
