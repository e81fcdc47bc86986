namespace Tracker.Proxy.Statistics;

/// <summary>One report under <c>/stats/</c>.</summary>
/// <param name="Name">The last part of its path.</param>
/// <param name="Summary">What it tells, for the list of reports and the API's document.</param>
/// <param name="Parameters">Its own parameters, beside <see cref="Common"/>.</param>
/// <param name="UsualPeriod">The time it is about when none is given.</param>
/// <param name="Run">Reads it.</param>
internal sealed record Report(string Name, string Summary, IReadOnlyList<string> Parameters, string UsualPeriod, Func<ReportRequest, IReadOnlyList<ReportTable>> Run)
{
    /// <summary>The parameters that most reports have, each with what it means.</summary>
    public static readonly IReadOnlyDictionary<string, string> CommonParameters = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["period"] = "today, 7d, 30d, month or all; whole days of the time zone, of which the last is today or, of the month, its last day. Calls with a later time are in all alone",
        ["from"] = "the first day (2026-11-23) or moment (2026-11-23T10:00:00Z; without an offset by the clock of the time zone)",
        ["to"] = "the last day, which is included, or the moment before which calls were sent",
        ["tz"] = "the time zone of days and hours, by its IANA name; the machine's when not given",
        ["client"] = "only calls of this client; empty: of an unknown one",
        ["model"] = "only calls of this model; empty: of an unknown one",
        ["provider"] = "only calls to this provider; empty: to an unknown one",
        ["project"] = "only calls of this project; empty: of an unknown one",
        ["session"] = "only calls of this session; empty: of none",
        ["format"] = "text, json, csv or line (for a status line)",
    };

    /// <summary>What the parameters that only some reports have mean.</summary>
    public static readonly IReadOnlyDictionary<string, string> OtherParameters = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["days"] = "the last so many days, with today, as another way to say a period",
        ["by"] = "what the sums are told apart by",
        ["sort"] = "what the list begins with",
        ["limit"] = "the most rows there are",
        ["outcome"] = "completed, incomplete or error",
        ["after"] = "the next of the page before; with sort=newest or oldest",
    };

    /// <summary>The common parameters of what is there once, whatever the time and the calls.</summary>
    public static readonly IReadOnlyList<string> OfFormat = ["tz", "format"];

    /// <summary>Those of the common parameters that it follows: one that changed nothing would be taken for an answer. Usually all.</summary>
    public IReadOnlyCollection<string> Common { get; init; } = [.. CommonParameters.Keys];

    public IReadOnlyCollection<string> KnownParameters => [.. Common, .. Parameters];
}
