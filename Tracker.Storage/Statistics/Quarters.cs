namespace Tracker.Storage.Statistics;

/// <summary>
/// Quarters of an hour, by which the roll-ups add up: every time zone that is in use is a whole number of them away from UTC, so the days of all of them
/// can be summed from quarters. As SQL over the bounds of a <see cref="UsageFilter"/>.
/// </summary>
internal static class Quarters
{
    /// <summary>Milliseconds of one.</summary>
    public const long Ms = 900_000;

    /// <summary>That of a call. Division goes towards zero: the last quarter before 1970 is one with the first behind it, and those before begin a millisecond late.</summary>
    public static readonly string OfCall = $"occurred_at_ms / {Ms}";

    /// <summary>That in which the time begins.</summary>
    public static readonly string First = $"@FromMs / {Ms}";

    /// <summary>The first that lies in the time as a whole.</summary>
    public static readonly string FirstWhole = $"((@FromMs - 1) / {Ms} + 1)";

    /// <summary>That in which the time ends: the one behind the last that lies in it as a whole.</summary>
    public static readonly string Last = $"@ToMs / {Ms}";

    /// <summary>The first that begins when the time has ended.</summary>
    public static readonly string FirstBehind = $"((@ToMs - 1) / {Ms} + 1)";

    /// <summary>Whether a row of the roll-ups is up to date and within the time.</summary>
    public static readonly string IsSummed = $"quarter >= {FirstWhole} AND quarter < {Last} AND quarter NOT IN (SELECT quarter FROM rollup_stale)";

    /// <summary>Whether a call is of a quarter, as the index of times finds it.</summary>
    public static string IsOf(string quarter) => $"occurred_at_ms >= {StartOf(quarter)} AND occurred_at_ms < {StartOf(quarter + " + 1")}";

    /// <summary>The first millisecond of a quarter.</summary>
    public static string StartOf(string quarter) => $"(({quarter}) * {Ms} - (({quarter}) <= 0) * {Ms - 1})";
}
