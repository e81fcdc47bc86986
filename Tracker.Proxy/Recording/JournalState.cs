namespace Tracker.Proxy.Recording;

/// <summary>Whether records survive a killed process at the moment, as <c>/status</c> shows it.</summary>
internal enum JournalState
{
    /// <summary>Turned off by <c>Recording:JournalBytes=0</c>.</summary>
    Off,

    On,

    /// <summary><c>Recording:JournalBytes</c> is reached; records are held in memory only.</summary>
    Full,

    /// <summary>Its folder cannot be written; records are held in memory only.</summary>
    Failing,
}
