using System.Globalization;

namespace Tracker.Storage.Pricing;

/// <summary>Hours of the day in UTC, perhaps on some days of the week only: <c>mon-fri 01:00-04:00 06:00-10:00</c>. An end before its beginning is on the next day, and those hours are of the day on which they began.</summary>
internal sealed class DailyHours
{
    private const string Weekdays = "mon-fri";
    private readonly (TimeOnly From, TimeOnly To)[] _spans;
    private readonly bool _weekdaysOnly;

    private DailyHours((TimeOnly From, TimeOnly To)[] spans, bool weekdaysOnly) => (_spans, _weekdaysOnly) = (spans, weekdaysOnly);

    /// <exception cref="FormatException">The text is something else.</exception>
    public static DailyHours Parse(string text)
    {
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var weekdaysOnly = words is [Weekdays, ..];
        var spans = words.Skip(weekdaysOnly ? 1 : 0).Select(word => word.Split('-') is [var from, var to] && TryTime(from, out var first) && TryTime(to, out var last)
            ? (first, last)
            : throw new FormatException($"'hours' is '{text}'; it must look like 'mon-fri 01:00-04:00 06:00-10:00' or '16:30-00:30'")).ToArray();
        return spans.Length > 0 ? new DailyHours(spans, weekdaysOnly) : throw new FormatException($"'hours' is '{text}'; it names no hours");
    }

    public bool Contain(DateTimeOffset at)
    {
        var utc = at.UtcDateTime;
        var time = TimeOnly.FromDateTime(utc);
        return Array.Exists(_spans, span => time.IsBetween(span.From, span.To) && (!_weekdaysOnly || IsWeekday(time < span.From ? utc.AddDays(-1) : utc)));
    }

    private static bool IsWeekday(DateTime day) => day.DayOfWeek is not (DayOfWeek.Saturday or DayOfWeek.Sunday);

    private static bool TryTime(string text, out TimeOnly time) => TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out time);
}
