namespace Tracker.Storage.Usage;

/// <summary>How a call ended. When a call is merged an error that the wire saw wins, then the greater value.</summary>
public enum CallOutcome
{
    /// <summary>An error status, an error within the stream, or no answer at all.</summary>
    Error = 0,

    /// <summary>The answer broke off before the end of its usage was seen.</summary>
    Incomplete = 1,

    /// <summary>The end of the usage was seen.</summary>
    Completed = 2,
}
