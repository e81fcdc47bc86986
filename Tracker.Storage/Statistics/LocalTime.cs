using System.Globalization;
using System.Text;

namespace Tracker.Storage.Statistics;

/// <summary>A time zone as SQL can use it: the quarters of an hour that it is away from UTC, and the quarters at which that changes.</summary>
internal static class LocalTime
{
    /// <summary>The expression that turns a UTC quarter into one of the zone's own clock.</summary>
    public static string QuarterSql(TimeZoneInfo zone, DateTimeOffset from, DateTimeOffset to)
    {
        var changes = Changes(zone, from, to);
        var sql = new StringBuilder("(quarter + CASE");
        foreach (var (until, offset) in changes)
        {
            sql.Append(CultureInfo.InvariantCulture, $" WHEN quarter < {until} THEN {offset}");
        }

        return sql.Append(" END)").ToString();
    }

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

    private static long Quarter(DateTimeOffset time) => time.ToUnixTimeMilliseconds() / RollupColumns.QuarterMs;

    private static long OffsetAt(TimeZoneInfo zone, long quarter) =>
        (long)Math.Floor(zone.GetUtcOffset(DateTimeOffset.FromUnixTimeMilliseconds(quarter * RollupColumns.QuarterMs)).TotalMinutes / 15);
}
