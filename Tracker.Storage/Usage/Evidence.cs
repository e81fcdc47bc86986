namespace Tracker.Storage.Usage;

/// <summary>Where a call was seen. Both bits mean that both saw it.</summary>
[Flags]
public enum Evidence
{
    None = 0,

    /// <summary>The proxy saw the call on the wire.</summary>
    Wire = 1,

    /// <summary>A client's own log names the call.</summary>
    Transcript = 2,
}
