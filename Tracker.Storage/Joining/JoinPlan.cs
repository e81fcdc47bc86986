namespace Tracker.Storage.Joining;

/// <summary>What a search for calls with a row for the wire and another for the log has found.</summary>
public sealed class JoinPlan
{
    private readonly Queue<JoinPair> _pairs;

    internal JoinPlan(IEnumerable<JoinPair> pairs, long searchedFrom, long searchedUpTo, DateTimeOffset? nextSettlesAt)
    {
        _pairs = new Queue<JoinPair>(pairs);
        (SearchedUpTo, NextSettlesAt) = (searchedUpTo, nextSettlesAt);
        IsDone = _pairs.Count == 0 && searchedFrom == searchedUpTo;
    }

    /// <summary>Whether there is nothing to be written (any more).</summary>
    public bool IsDone { get; private set; }

    /// <summary>When the next pair can be decided that is too young now; null when there is none.</summary>
    public DateTimeOffset? NextSettlesAt { get; }

    internal IReadOnlyCollection<JoinPair> Pairs => _pairs;

    /// <summary>The newest row that the search knew.</summary>
    internal long SearchedUpTo { get; private set; }

    internal void OnWritten(int pairs, long searchedUpTo, bool isDone)
    {
        for (var i = 0; i < pairs; i++)
        {
            _pairs.Dequeue();
        }

        (SearchedUpTo, IsDone) = (searchedUpTo, isDone);
    }
}
