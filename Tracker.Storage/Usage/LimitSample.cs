namespace Tracker.Storage.Usage;

/// <summary>How much of one of a subscription's windows had been used at a moment.</summary>
/// <param name="Window">Its length, such as <c>5h</c> or <c>7d</c>; some vendors add for which models: <c>7d_opus</c>, <c>5h_bengalfox</c>.</param>
/// <param name="ObservedAt">When the response's headers came, or a log's line was written (UTC, kept to the millisecond).</param>
/// <param name="UsedFraction">0 is untouched, 1 is used up; it can be more.</param>
/// <param name="ResetsAt">When it begins anew; null where it was not told.</param>
/// <param name="Provider">Whose subscription it is; null: the call's provider.</param>
public sealed record LimitSample(string Window, DateTimeOffset ObservedAt, double UsedFraction, DateTimeOffset? ResetsAt, string? Provider = null)
{
    private const long Longest = 366 * 1440;

    /// <summary>The name of a window by its length.</summary>
    /// <returns>Null for what is no length, or more than a year.</returns>
    public static string? WindowOf(long? minutes) => minutes is not (> 0 and <= Longest) ? null
        : minutes % 1440 == 0 ? $"{minutes / 1440}d"
        : minutes % 60 == 0 ? $"{minutes / 60}h"
        : $"{minutes}m";
}
