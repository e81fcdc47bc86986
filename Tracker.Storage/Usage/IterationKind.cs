namespace Tracker.Storage.Usage;

/// <summary>Runs of a model within an answer that the answer's own counts do not hold.</summary>
public enum IterationKind
{
    /// <summary>The model of the call summarized the conversation first.</summary>
    Compaction,

    /// <summary>Another model gave advice.</summary>
    Advisor,
}
