namespace Tracker.Storage.Joining;

/// <summary>What a search for calls with a row for the wire and another for the log has found.</summary>
public sealed class JoinPlan
{
    private readonly Queue<JoinPair> _pairs;

    internal JoinPlan(IEnumerable<JoinPair> pairs, long searchedFrom, long searchedUpTo, DateTimeOffset? nextSettlesAt, IReadOnlyList<long>? hoursAhead = null)
    {
        _pairs = new Queue<JoinPair>(pairs);
        (SearchedUpTo, NextSettlesAt, HoursAhead) = (searchedUpTo, nextSettlesAt, hoursAhead);
        IsDone = _pairs.Count == 0 && searchedFrom == searchedUpTo && hoursAhead is null;
    }

    /// <summary>Whether there is nothing to be written (any more).</summary>
    public bool IsDone { get; private set; }

    /// <summary>When the next pair can be decided that is too young now; null when there is none.</summary>
    public DateTimeOffset? NextSettlesAt { get; }

    internal IReadOnlyCollection<JoinPair> Pairs => _pairs;

    /// <summary>The newest row that the search knew.</summary>
    internal long SearchedUpTo { get; private set; }

    /// <summary>The hours since 1970 that are to be searched when they have come; null when they are those that are known.</summary>
    internal IReadOnlyList<long>? HoursAhead { get; }

    internal void OnWritten(int pairs, long searchedUpTo, bool isDone)
    {
        for (var i = 0; i < pairs; i++)
        {
            _pairs.Dequeue();
        }

        (SearchedUpTo, IsDone) = (searchedUpTo, isDone);
    }
}
