namespace Tracker.Storage.Statistics;

/// <summary>One window of a subscription as it was last told.</summary>
public sealed record LimitWindow
{
    public string Provider { get; init; } = "";

    /// <summary>Its length and, for some vendors, for which models: <c>5h</c>, <c>7d</c>, <c>7d_opus</c>.</summary>
    public string Window { get; init; } = "";

    public DateTimeOffset ObservedAt => DateTimeOffset.FromUnixTimeMilliseconds(ObservedAtMs);

    /// <summary>0 is untouched, 1 is used up; it can be more.</summary>
    public double UsedFraction { get; init; }

    /// <summary>When it begins anew; null where it was not told.</summary>
    public DateTimeOffset? ResetsAt => ResetsAtMs is { } ms ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : null;

    internal long ObservedAtMs { get; init; }

    internal long? ResetsAtMs { get; init; }
}
