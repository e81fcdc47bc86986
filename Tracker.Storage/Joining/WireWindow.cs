namespace Tracker.Storage.Joining;

/// <summary>The calls on the wire that can be the partner of a call at some moment; the moment moves forward.</summary>
/// <param name="readNext">The next call on the wire in the order of time, or null at the end.</param>
internal sealed class WireWindow(Func<WireCall?> readNext)
{
    private readonly Queue<Counts> _inOrder = new();
    private readonly Dictionary<Counts, Queue<WireCall>> _byCounts = [];
    private WireCall? _ahead = readNext();

    /// <returns>The calls in reach of the moment that have these counts.</returns>
    public IEnumerable<WireCall> MoveTo(long moment, Counts counts)
    {
        while (_ahead is { } next && next.SentAt <= moment + JoinRules.EarliestBefore)
        {
            Add(next, next.Counts);
            if (next is { MayBeLoggedWhole: true, Counts.CacheReadTokens: > 0 and var cached })
            {
                Add(next, next.Counts with { InputTokens = next.Counts.InputTokens + cached, CacheReadTokens = 0 });
            }

            _ahead = readNext();
        }

        while (_inOrder.TryPeek(out var oldest) && _byCounts[oldest].Peek().SentAt < moment - JoinRules.LongestCall - JoinRules.LatestAfter)
        {
            RemoveOldest();
        }

        return _byCounts.TryGetValue(counts, out var alike) ? alike : [];
    }

    private void Add(WireCall call, Counts counts)
    {
        if (!_byCounts.TryGetValue(counts, out var alike))
        {
            _byCounts[counts] = alike = new Queue<WireCall>(1);
        }

        alike.Enqueue(call);
        _inOrder.Enqueue(counts);
    }

    private void RemoveOldest()
    {
        var counts = _inOrder.Dequeue();
        var alike = _byCounts[counts];
        alike.Dequeue(); // They are in the order of time too.
        if (alike.Count == 0)
        {
            _byCounts.Remove(counts);
        }
    }
}
