namespace Tracker.Proxy.Recording;

/// <summary>What the writer is doing, as <c>/status</c> shows it.</summary>
internal enum WriterState
{
    Starting,

    /// <summary>Everything that was accepted is stored.</summary>
    Idle,

    Writing,

    /// <summary>The database cannot be written at the moment; the records wait.</summary>
    Waiting,

    /// <summary>The database is damaged or from a newer Tracker: somebody must act; the records wait.</summary>
    Blocked,

    Stopped,
}
