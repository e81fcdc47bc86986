using System.Globalization;

namespace Tracker.Benchmarks;

/// <summary>The values of all rounds, and the table that sets their medians and the ratios within each round beside the goals.</summary>
internal sealed class Scoreboard
{
    private readonly Dictionary<(string Measure, string Peer), List<double>> _values = [];

    public void Add(string measure, string peer, double value)
    {
        if (!_values.TryGetValue((measure, peer), out var list))
        {
            _values[(measure, peer)] = list = [];
        }

        list.Add(value);
    }

    /// <summary>Prints the measures. A ratio is taken within each round, where all peers met the same machine, and its median is shown.</summary>
    public void Print(string title, IReadOnlyList<Measure> measures)
    {
        string[] peers = [Peers.Direct, Peers.NginxName, Peers.Bare, Peers.Tracker];
        Console.WriteLine();
        Console.WriteLine($"{title,-34} {string.Join(' ', peers.Select(peer => $"{peer,10}"))}   x bare goal          x nginx goal");
        foreach (var measure in measures)
        {
            var cells = peers.Select(peer => Values(measure, peer) is { Count: > 0 } values ? Number(Median(values)) : "-");
            var bare = Verdict(measure, Peers.Bare, measure.Goal);
            var nginx = measure.NginxGoal is { } goal ? Verdict(measure, Peers.NginxName, goal) : "";
            Console.WriteLine($"{measure.Title,-34} {string.Join(' ', cells.Select(cell => $"{cell,10}"))}   {bare,-21} {nginx}".TrimEnd());
        }
    }

    private string Verdict(Measure measure, string peer, Goal? goal)
    {
        var (ours, theirs) = (Values(measure, Peers.Tracker), Values(measure, peer));
        if (ours.Count == 0 || theirs.Count == 0)
        {
            return "-";
        }

        // A goal that is a bound for the value itself needs no ratio.
        var value = goal?.IsAbsolute == true ? Median(ours) : Median([.. ours.Zip(theirs, (a, b) => a / b)]);
        return goal is null ? $"{Number(value),6}" : $"{Number(value),6} {goal}  {(goal.IsMet(value) ? "ok" : "MISS")}";
    }

    private List<double> Values(Measure measure, string peer)
    {
        var values = _values.GetValueOrDefault((measure.Key, peer), []);
        return !measure.MinusDirect ? values
            : peer == Peers.Direct ? []
            : [.. values.Zip(_values.GetValueOrDefault((measure.Key, Peers.Direct), []), (value, direct) => value - direct)];
    }

    private static double Median(List<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted.Count % 2 == 1 ? sorted[sorted.Count / 2] : (sorted[(sorted.Count / 2) - 1] + sorted[sorted.Count / 2]) / 2;
    }

    private static string Number(double value) =>
        value.ToString(Math.Abs(value) switch { >= 100 => "0", >= 10 => "0.0", >= 1 => "0.00", _ => "0.000" }, CultureInfo.InvariantCulture);
}

/// <summary>One line of the table.</summary>
/// <param name="Title">What is shown.</param>
/// <param name="Key">Under which name the values were added.</param>
/// <param name="Goal">What the ratio to the bare forwarder should be.</param>
/// <param name="NginxGoal">What the ratio to nginx should be.</param>
/// <param name="MinusDirect">Whether the value without a proxy is taken off first: what the proxy adds.</param>
internal sealed record Measure(string Title, string Key, Goal? Goal = null, Goal? NginxGoal = null, bool MinusDirect = false);

/// <summary>A bound from the list of goals, for a ratio or for the value itself.</summary>
internal sealed record Goal(double Bound, bool IsFloor, bool IsAbsolute)
{
    public static Goal AtLeast(double ratio) => new(ratio, IsFloor: true, IsAbsolute: false);

    public static Goal AtMost(double ratio) => new(ratio, IsFloor: false, IsAbsolute: false);

    /// <summary>The value itself is bounded, not its ratio.</summary>
    public static Goal ValueAtMost(double value) => new(value, IsFloor: false, IsAbsolute: true);

    public bool IsMet(double value) => IsFloor ? value >= Bound : value <= Bound;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{(IsFloor ? ">=" : "<=")} {Bound:0.00}");
}
