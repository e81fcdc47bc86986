namespace Tracker.Storage.Usage;

/// <summary>How much of one of a subscription's windows had been used at a moment.</summary>
/// <param name="Window">Its length, such as <c>5h</c> or <c>7d</c>; some vendors add for which models: <c>7d_opus</c>.</param>
/// <param name="ObservedAt">When the response's headers came (UTC, kept to the millisecond).</param>
/// <param name="UsedFraction">0 is untouched, 1 is used up; it can be more.</param>
/// <param name="ResetsAt">When it begins anew; null where it was not told.</param>
public sealed record LimitSample(string Window, DateTimeOffset ObservedAt, double UsedFraction, DateTimeOffset? ResetsAt);
