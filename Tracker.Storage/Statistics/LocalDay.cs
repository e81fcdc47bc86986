using System.Globalization;

namespace Tracker.Storage.Statistics;

/// <summary>Days and times as people in a time zone have them.</summary>
public static class LocalDay
{
    private static readonly string[] Clocks = ["yyyy-MM-ddTHH:mm:ss", "yyyy-MM-ddTHH:mm:ss.fff", "yyyy-MM-ddTHH:mm"];
    // Clocks are changed at these.
    private static readonly TimeSpan Quarter = TimeSpan.FromMinutes(15);
    private static readonly string[] Moments = [.. Clocks.Select(clock => clock + "K")];

    /// <summary>Reads a day (<c>2026-11-23</c>), meant as a whole, or a moment (<c>2026-11-23T10:00:00Z</c>). Both are by the zone's clock, unless the moment says otherwise.</summary>
    /// <param name="text">What somebody has written.</param>
    /// <param name="zone">Whose days and clock.</param>
    /// <param name="isEnd">Whether of a day its end is asked for.</param>
    /// <param name="moment">What it is.</param>
    /// <returns><see langword="false"/> for anything else.</returns>
    public static bool TryRead(string text, TimeZoneInfo zone, bool isEnd, out DateTimeOffset moment)
    {
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) && day.Year is >= 1970 and < 9999)
        {
            moment = StartOf(day.AddDays(isEnd ? 1 : 0), zone);
            return true;
        }

        // The first and the last day have times that are no moments everywhere: in their years the clock is UTC's.
        if (DateTime.TryParseExact(text, Clocks, CultureInfo.InvariantCulture, DateTimeStyles.None, out var clock) && clock.Year is > 1 and < 9999)
        {
            moment = At(clock, zone);
            return true;
        }

        return DateTimeOffset.TryParseExact(text, Moments, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out moment);
    }

    /// <summary>The day's first moment: midnight, or where the clock skips midnight, when it goes on.</summary>
    public static DateTimeOffset StartOf(DateOnly day, TimeZoneInfo zone) => At(day.ToDateTime(TimeOnly.MinValue), zone);

    // What the clock shows twice is meant the first time.
    private static DateTimeOffset At(DateTime clock, TimeZoneInfo zone)
    {
        ArgumentNullException.ThrowIfNull(zone);
        if (zone.IsInvalidTime(clock))
        {
            clock = clock.AddTicks(-(clock.Ticks % Quarter.Ticks));
            while (zone.IsInvalidTime(clock))
            {
                clock += Quarter;
            }
        }

        var offset = zone.IsAmbiguousTime(clock) ? zone.GetAmbiguousTimeOffsets(clock).Max() : zone.GetUtcOffset(clock);
        return new DateTimeOffset(clock, offset);
    }
}
