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

    Stopped,
}
