using System.Globalization;
using Tracker.Storage.Hosting;
using Tracker.Storage.Statistics;

namespace Tracker.Importer.Care;

/// <summary>Times as people write them on a command line.</summary>
internal static class Moments
{
    /// <summary>A filter by time; a day is meant as a whole.</summary>
    /// <exception cref="SettingsException">One is no time, or they are the wrong way round.</exception>
    public static UsageFilter Filter(string? from, string? to)
    {
        var filter = new UsageFilter
        {
            From = from is null ? DateTimeOffset.MinValue : Read("--from", from, isEnd: false),
            To = to is null ? DateTimeOffset.MaxValue : Read("--to", to, isEnd: true),
        };
        return filter.From < filter.To ? filter : throw new SettingsException($"--from is '{from}' and --to is '{to}': from must come before to.");
    }

    /// <summary>The moment that an age names: so many days before now, or a moment itself.</summary>
    /// <exception cref="SettingsException">It is no age, or not in the past.</exception>
    public static DateTimeOffset ReadAge(string option, string text, DateTimeOffset now)
    {
        var before = text.EndsWith('d') && int.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var days) && days is >= 1 and <= 36_500 ? now.AddDays(-days)
            : text.EndsWith('d') ? throw new SettingsException($"{option} is '{text}': it must be a number of days (90d) or a day (2026-01-01).")
            : Read(option, text, isEnd: false);
        return before < now ? before : throw new SettingsException($"{option} is '{text}': that is not in the past.");
    }

    /// <param name="option">Who asks, for the message.</param>
    /// <param name="text">A day or a moment, by this machine's clock unless it says otherwise.</param>
    /// <param name="isEnd">Whether of a day its end is asked for.</param>
    /// <exception cref="SettingsException">It is neither.</exception>
    public static DateTimeOffset Read(string option, string text, bool isEnd) =>
        LocalDay.TryRead(text, TimeZoneInfo.Local, isEnd, out var moment)
            ? moment
            : throw new SettingsException($"{option} is '{text}': it must be a day (2026-11-23) or a moment (2026-11-23T10:00:00Z).");
}
