namespace Tracker.Storage.Statistics;

/// <summary>A time zone's clock in quarters of an hour: how far it is away from UTC, and when that changes.</summary>
internal sealed class LocalClock(TimeZoneInfo zone, DateTimeOffset from, DateTimeOffset to)
{
    private readonly List<(long Until, long Offset)> _changes = Changes(zone, from, to);

    /// <summary>The quarter of the zone's own clock that a UTC quarter is.</summary>
    public long QuarterOf(long quarter)
    {
        foreach (var (until, offset) in _changes)
        {
            if (quarter < until)
            {
                return quarter + offset;
            }
        }

        return quarter;
    }

    /// <summary>The day since 1970, of 0 or less before, in which one of its equal parts lies.</summary>
    /// <param name="part">The part's own number since 1970.</param>
    /// <param name="parts">How many a day has.</param>
    public static long DayOf(long part, long parts) => (part - (part < 0 ? parts - 1 : 0)) / parts;

    /// <summary>The date of a day since 1970. In some zones the first and the last moments there are lie on days that have no date: they get the one beside.</summary>
    public static DateOnly ToDate(long day) => DateOnly.FromDayNumber((int)Math.Clamp(day + DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber, 0, DateOnly.MaxValue.DayNumber));

    /// <summary>The offsets in force, each until a quarter.</summary>
    private static List<(long Until, long Offset)> Changes(TimeZoneInfo zone, DateTimeOffset from, DateTimeOffset to)
    {
        var changes = new List<(long Until, long Offset)>();
        var start = Quarter(from);
        var end = Quarter(to);
        var offset = OffsetAt(zone, start);
        while (start < end)
        {
            var next = Math.Min(start + 96, end);
            var nextOffset = OffsetAt(zone, next);
            if (nextOffset != offset)
            {
                changes.Add((FindChange(zone, start, next, offset), offset));
                offset = nextOffset;
            }

            start = next;
        }

        changes.Add((long.MaxValue, offset));
        return changes;
    }

    private static long FindChange(TimeZoneInfo zone, long before, long after, long offsetBefore)
    {
        while (after - before > 1)
        {
            var middle = before + ((after - before) / 2);
            (before, after) = OffsetAt(zone, middle) == offsetBefore ? (middle, after) : (before, middle);
        }

        return after;
    }

    private static long Quarter(DateTimeOffset time) => time.ToUnixTimeMilliseconds() / Quarters.Ms;

    private static long OffsetAt(TimeZoneInfo zone, long quarter) =>
        (long)Math.Floor(zone.GetUtcOffset(DateTimeOffset.FromUnixTimeMilliseconds(quarter * Quarters.Ms)).TotalMinutes / 15);
}
