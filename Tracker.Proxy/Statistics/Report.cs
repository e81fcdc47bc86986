namespace Tracker.Proxy.Statistics;

/// <summary>One report under <c>/stats/</c>.</summary>
/// <param name="Name">The last part of its path.</param>
/// <param name="Summary">What it tells, for the list of reports and the API's document.</param>
/// <param name="Parameters">Its own parameters, beside <see cref="Common"/>.</param>
/// <param name="UsualPeriod">The time it is about when none is given.</param>
/// <param name="Lists">What it answers with.</param>
/// <param name="Run">Reads it.</param>
internal sealed record Report(
    string Name, string Summary, IReadOnlyList<ReportParameter> Parameters, string UsualPeriod, IReadOnlyList<ReportList> Lists, Func<ReportRequest, IReadOnlyList<ReportTable>> Run)
{
    /// <summary>The parameters that most reports have.</summary>
    public static readonly IReadOnlyList<ReportParameter> CommonParameters =
    [
        new("period", "whole days of the time zone, of which the last is today or, of the month, its last day. Calls with a later time are in all alone") { Words = ReportRequest.Periods },
        new("from", "the first day (2026-11-23) or moment (2026-11-23T10:00:00Z; without an offset by the clock of the time zone)"),
        new("to", "the last day, which is included, or the moment before which calls were sent"),
        new("tz", "the time zone of days and hours, by its IANA name; the machine's when not given"),
        new("client", "only calls of this client; empty: of an unknown one"),
        new("model", "only calls of this model; empty: of an unknown one"),
        new("provider", "only calls to this provider; empty: to an unknown one"),
        new("project", "only calls of this project; empty: of an unknown one"),
        new("session", "only calls of this session; empty: of none"),
        new("format", "line is for a status line; without it what the Accept header asks for, else text") { Words = ReportFormats.Words },
    ];

    /// <summary>For reports by day.</summary>
    public static readonly ReportParameter Days = new("days", "the last so many days, with today, as another way to say a period") { Most = 3660 };

    /// <summary>The common parameters of what is there once, whatever the time and the calls.</summary>
    public static readonly IReadOnlyList<string> OfFormat = ["tz", "format"];

    /// <summary>Those of the common parameters that it follows: one that changed nothing would be taken for an answer. Usually all.</summary>
    public IReadOnlyCollection<string> Common { get; init; } = [.. CommonParameters.Select(parameter => parameter.Name)];

    public IReadOnlyList<ReportParameter> KnownParameters => [.. CommonParameters.Where(parameter => Common.Contains(parameter.Name)), .. Parameters];
}
