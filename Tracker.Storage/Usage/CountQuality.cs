namespace Tracker.Storage.Usage;

/// <summary>How much a set of token counts is worth. When a call is merged, the counts of the higher quality win whole.</summary>
public enum CountQuality
{
    /// <summary>A client known to add too much.</summary>
    Overstated = 0,

    /// <summary>The early counts of a stream whose end was not seen.</summary>
    Partial = 1,

    /// <summary>A log known to be right.</summary>
    Exact = 2,

    /// <summary>The wire saw the end of the usage.</summary>
    Final = 3,
}
