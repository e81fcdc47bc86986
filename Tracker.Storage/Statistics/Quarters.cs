namespace Tracker.Storage.Statistics;

/// <summary>
/// Quarters of an hour, by which the roll-ups add up: every time zone that is in use is a whole number of them away from UTC, so the days of all of them
/// can be summed from quarters. As SQL over the bounds of a <see cref="UsageFilter"/>.
/// </summary>
internal static class Quarters
{
    /// <summary>Milliseconds of one.</summary>
    public const long Ms = 900_000;

    /// <summary>That of a call.</summary>
    public static readonly string OfCall = $"occurred_at_ms / {Ms}";

    /// <summary>That in which the time begins.</summary>
    public static readonly string First = $"@FromMs / {Ms}";

    /// <summary>The first that lies in the time as a whole.</summary>
    public static readonly string FirstWhole = $"(@FromMs + {Ms - 1}) / {Ms}";

    /// <summary>That in which the time ends: the one behind the last that lies in it as a whole.</summary>
    public static readonly string Last = $"@ToMs / {Ms}";

    /// <summary>Whether a row of the roll-ups is up to date and within the time.</summary>
    public static readonly string IsSummed = $"quarter >= {FirstWhole} AND quarter < {Last} AND quarter NOT IN (SELECT quarter FROM rollup_stale)";

    /// <summary>Whether a call is of a quarter, as the index of times finds it.</summary>
    public static string IsOf(string quarter) => $"occurred_at_ms >= {quarter} * {Ms} AND occurred_at_ms < ({quarter} + 1) * {Ms}";
}
