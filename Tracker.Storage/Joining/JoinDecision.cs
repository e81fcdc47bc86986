namespace Tracker.Storage.Joining;

/// <summary>
/// Which of the pairs are one call: those where each is the other's only candidate. They are decided in the order of time, each by what had come into
/// being by then, and what is joined is nobody's candidate any more. So it makes no difference whether all is decided at once or piece by piece.
/// </summary>
internal sealed class JoinDecision
{
    private readonly Dictionary<long, List<JoinPair>> _ofWire;
    private readonly Dictionary<long, List<JoinPair>> _ofLogged;

    private JoinDecision(IReadOnlyList<JoinPair> pairs)
    {
        _ofWire = pairs.GroupBy(pair => pair.Wire.Id).ToDictionary(group => group.Key, group => group.ToList());
        _ofLogged = pairs.GroupBy(pair => pair.Logged.Id).ToDictionary(group => group.Key, group => group.ToList());
    }

    /// <param name="pairs">All pairs that have a part in common with one of those to be decided.</param>
    /// <param name="settled">Those to be decided.</param>
    public static IReadOnlyList<JoinPair> Decide(IReadOnlyList<JoinPair> pairs, IEnumerable<JoinPair> settled) => new JoinDecision(pairs).Decide(settled);

    private List<JoinPair> Decide(IEnumerable<JoinPair> settled)
    {
        var joined = new List<JoinPair>();
        var open = settled.ToHashSet();
        var toLookAt = new PriorityQueue<JoinPair, (long, string, string)>(open.Select(pair => (pair, Order(pair))), TimeThenKeys.Instance);
        while (toLookAt.TryDequeue(out var pair, out _))
        {
            if (open.Contains(pair) && !_ofWire[pair.Wire.Id].Exists(pair.IsRivalledBy) && !_ofLogged[pair.Logged.Id].Exists(pair.IsRivalledBy))
            {
                joined.Add(pair);
                // Some others have fewer candidates now.
                foreach (var other in Remove(pair).Where(open.Contains))
                {
                    toLookAt.Enqueue(other, Order(other));
                }
            }
        }

        return joined;

        IEnumerable<JoinPair> Remove(JoinPair pair)
        {
            var gone = _ofWire[pair.Wire.Id].Concat(_ofLogged[pair.Logged.Id]).Distinct().ToList();
            foreach (var one in gone)
            {
                open.Remove(one);
                _ofWire[one.Wire.Id].Remove(one);
                _ofLogged[one.Logged.Id].Remove(one);
            }

            return gone.SelectMany(one => _ofWire[one.Wire.Id].Concat(_ofLogged[one.Logged.Id])).Distinct();
        }
    }

    private static (long, string, string) Order(JoinPair pair) => (pair.BornAt, pair.Keys.Wire, pair.Keys.Logged);

    private sealed class TimeThenKeys : IComparer<(long BornAt, string Wire, string Logged)>
    {
        public static readonly TimeThenKeys Instance = new();

        public int Compare((long BornAt, string Wire, string Logged) x, (long BornAt, string Wire, string Logged) y) =>
            x.BornAt != y.BornAt ? x.BornAt.CompareTo(y.BornAt)
            : string.CompareOrdinal(x.Wire, y.Wire) is not 0 and var wire ? wire
            : string.CompareOrdinal(x.Logged, y.Logged);
    }
}
