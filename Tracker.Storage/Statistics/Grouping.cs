namespace Tracker.Storage.Statistics;

/// <summary>By what a report's sums are told apart.</summary>
public enum Grouping
{
    /// <summary>The day in the report's time zone.</summary>
    Day,

    /// <summary>The hour in the report's time zone.</summary>
    Hour,

    Provider,

    Client,

    Model,

    Project,

    Session,

    AuthMode,

    Evidence,
}
