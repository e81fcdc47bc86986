namespace Tracker.Storage.Statistics;

/// <summary>What a list of calls begins with.</summary>
public enum CallOrder
{
    /// <summary>The latest; can be continued page by page.</summary>
    Newest,

    /// <summary>The earliest; can be continued page by page.</summary>
    Oldest,

    Cost,

    Output,

    Duration,
}
