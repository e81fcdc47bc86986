using System.Globalization;
using TimeZoneConverter;
using Tracker.Storage.Statistics;

namespace Tracker.Proxy.Statistics;

/// <summary>What a report is asked for, read from its query string.</summary>
internal sealed class ReportRequest
{
    /// <summary>The named periods.</summary>
    public static readonly IReadOnlyList<string> Periods = ["today", "7d", "30d", "month", "all"];

    private readonly IQueryCollection _query;

    private ReportRequest(IQueryCollection query) => _query = query;

    /// <summary>Whose days and clock.</summary>
    public required TimeZoneInfo Zone { get; init; }

    public required DateTimeOffset Now { get; init; }

    public required UsageFilter Filter { get; init; }

    /// <summary>Whether a time was asked for; else the filter has the report's usual one.</summary>
    public required bool HasTime { get; init; }

    /// <summary>Reads what all reports have in common.</summary>
    /// <param name="query">The query string.</param>
    /// <param name="known">Those that the report knows.</param>
    /// <param name="usualPeriod">The period when none is given.</param>
    /// <param name="now">The time.</param>
    /// <exception cref="ReportRequestException">A parameter is wrong; the message names it.</exception>
    public static ReportRequest Read(IQueryCollection query, IReadOnlyCollection<ReportParameter> known, string usualPeriod, DateTimeOffset now)
    {
        if (query.Keys.FirstOrDefault(name => known.All(parameter => parameter.Name != name)) is { } unknown)
        {
            throw new ReportRequestException($"There is no parameter '{unknown}' here. There are: {string.Join(", ", known.Select(parameter => parameter.Name))}.");
        }

        if (query.FirstOrDefault(parameter => parameter.Value.Count > 1).Key is { } repeated)
        {
            throw new ReportRequestException($"{repeated} is given more than once.");
        }

        var zone = ReadZone(Text(query, "tz"));
        var (from, to) = ReadTime(query, usualPeriod, zone, now);
        return new ReportRequest(query)
        {
            Zone = zone,
            Now = now,
            HasTime = Text(query, "period") is not null || Text(query, "from") is not null || Text(query, "to") is not null || Text(query, "days") is not null,
            Filter = new UsageFilter
            {
                From = from,
                To = to,
                Client = ReadName(query, "client"),
                Model = ReadName(query, "model"),
                Provider = ReadName(query, "provider"),
                Project = ReadName(query, "project"),
                Session = ReadName(query, "session"),
            },
        };
    }

    /// <summary>The days of a named period, the last included. Calls with a time to come are of none of them, and "all" is open on both sides.</summary>
    /// <exception cref="ReportRequestException">There is no such period.</exception>
    public static (DateOnly? First, DateOnly? Last) DaysOf(string period, TimeZoneInfo zone, DateTimeOffset now)
    {
        var today = Today(zone, now);
        var month = new DateOnly(today.Year, today.Month, 1);
        return period switch
        {
            "today" => (today, today),
            "7d" => (today.AddDays(-6), today),
            "30d" => (today.AddDays(-29), today),
            "month" => (month, month.AddMonths(1).AddDays(-1)),
            "all" => (null, null),
            _ => throw new ReportRequestException($"period is '{period}': it must be {Alternatives(Periods)}."),
        };
    }

    /// <summary>One of some words, or the first of them when it is not given.</summary>
    /// <exception cref="ReportRequestException">It is none of them.</exception>
    public string Choose(ReportParameter parameter)
    {
        var word = Find(parameter) ?? parameter.Words[0];
        return parameter.Words.Contains(word) ? word : throw new ReportRequestException($"{parameter.Name} is '{word}': it must be {Alternatives(parameter.Words)}.");
    }

    /// <summary>A word that may be missing.</summary>
    /// <exception cref="ReportRequestException">It is none of them.</exception>
    public string? ChooseOrNull(ReportParameter parameter) => Find(parameter) is null ? null : Choose(parameter);

    /// <exception cref="ReportRequestException">It is no whole number, or out of range.</exception>
    public int Number(ReportParameter parameter, int usual) => ReadNumber(_query, parameter) ?? usual;

    /// <summary>A parameter as it is given.</summary>
    public string? Find(ReportParameter parameter) => Text(_query, parameter.Name);

    private static string Alternatives(IReadOnlyList<string> words) => $"{string.Join(", ", words.SkipLast(1))} or {words[^1]}";

    private static string? Text(IQueryCollection query, string name) => query[name].ToString() is { Length: > 0 } text ? text : null;

    // An empty one asks for the calls of which it is unknown.
    private static string? ReadName(IQueryCollection query, string name) => query.TryGetValue(name, out var value) ? value.ToString() : null;

    private static int? ReadNumber(IQueryCollection query, ReportParameter parameter) => Text(query, parameter.Name) switch
    {
        null => null,
        var text when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= parameter.Most => number,
        var text => throw new ReportRequestException($"{parameter.Name} is '{text}': it must be a whole number from 1 to {parameter.Most}."),
    };

    private static TimeZoneInfo ReadZone(string? name) =>
        name is null ? TimeZoneInfo.Local
        : TZConvert.TryGetTimeZoneInfo(name, out var zone) ? zone
        : throw new ReportRequestException($"tz is '{name}': it must be the name of a time zone, such as Europe/Berlin or UTC.");

    private static (DateTimeOffset From, DateTimeOffset To) ReadTime(IQueryCollection query, string usualPeriod, TimeZoneInfo zone, DateTimeOffset now)
    {
        var (period, from, to, days) = (Text(query, "period"), Text(query, "from"), Text(query, "to"), ReadNumber(query, Report.Days));
        if (period is not null && (from ?? to) is not null)
        {
            throw new ReportRequestException("period and from or to exclude each other.");
        }

        if (days is { } number)
        {
            return period is null && (from ?? to) is null
                ? Whole((Today(zone, now).AddDays(1 - number), Today(zone, now)), zone)
                : throw new ReportRequestException("days and a period, from or to exclude each other.");
        }

        if ((from ?? to) is null)
        {
            return Whole(DaysOf(period ?? usualPeriod, zone, now), zone);
        }

        var start = from is null ? DateTimeOffset.MinValue : ReadMoment("from", from, zone, isEnd: false);
        var end = to is null ? DateTimeOffset.MaxValue : ReadMoment("to", to, zone, isEnd: true);
        return start < end ? (start, end) : throw new ReportRequestException($"from is '{from}' and to is '{to}': from must come before to.");
    }

    private static DateOnly Today(TimeZoneInfo zone, DateTimeOffset now) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, zone).DateTime);

    private static (DateTimeOffset From, DateTimeOffset To) Whole((DateOnly? First, DateOnly? Last) days, TimeZoneInfo zone) => (
        days.First is { } first ? LocalDay.StartOf(first, zone) : DateTimeOffset.MinValue,
        days.Last is { } last ? LocalDay.StartOf(last.AddDays(1), zone) : DateTimeOffset.MaxValue);

    // A '+' in a query string is a space to those who do not encode it.
    private static DateTimeOffset ReadMoment(string name, string text, TimeZoneInfo zone, bool isEnd) =>
        LocalDay.TryRead(text.Replace(' ', '+'), zone, isEnd, out var moment)
            ? moment
            : throw new ReportRequestException($"{name} is '{text}': it must be a day (2026-11-23) or a moment (2026-11-23T10:00:00Z).");
}

/// <summary>A report was asked for in a way that makes no sense; the message tells the person who asked.</summary>
internal sealed class ReportRequestException(string message) : Exception(message);
