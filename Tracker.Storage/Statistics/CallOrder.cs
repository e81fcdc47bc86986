namespace Tracker.Storage.Statistics;

/// <summary>What a list of calls begins with.</summary>
public enum CallOrder
{
    /// <summary>The latest; can be continued page by page.</summary>
    Newest,

    /// <summary>The earliest; can be continued page by page.</summary>
    Oldest,

    /// <summary>The dearest. Here and in the next two, calls of which it is unknown stand with those of 0, the latest first.</summary>
    Cost,

    /// <summary>The longest answers.</summary>
    Output,

    /// <summary>The slowest.</summary>
    Duration,
}
