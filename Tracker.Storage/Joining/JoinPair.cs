namespace Tracker.Storage.Joining;

/// <summary>A call on the wire and a call in a log that may be one.</summary>
/// <param name="Wire">The one side.</param>
/// <param name="Logged">The other.</param>
/// <param name="Weight">What speaks for it beside counts and time: see <see cref="JoinRules.Weigh"/>.</param>
/// <param name="Keys">Of both, for an order that is the same in every database.</param>
internal sealed record JoinPair(WireCall Wire, LoggedCall Logged, int Weight, (string Wire, string Logged) Keys)
{
    /// <summary>When both had come into being, in milliseconds since 1970.</summary>
    public long BornAt => Math.Max(Wire.EndedAt, Logged.At);

    /// <summary>Whether another pair with a part in common makes it uncertain: unless that one came too late, or less speaks for it.</summary>
    public bool IsRivalledBy(JoinPair other) => other != this && other.BornAt <= BornAt + JoinRules.Rivalry && other.Weight >= Weight;

    /// <summary>When it may be decided.</summary>
    public long SettledAt => BornAt + JoinRules.Settling;
}
