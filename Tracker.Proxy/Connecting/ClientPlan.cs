namespace Tracker.Proxy.Connecting;

/// <summary>What connecting a client means, given its settings.</summary>
internal sealed record ClientPlan(params IReadOnlyList<WantedSetting> Settings)
{
    /// <summary>Why it cannot be pointed at a proxy; null: it can.</summary>
    public string? Obstacle { get; init; }

    /// <summary>What may keep calls of it from coming here all the same: each is there now, and the doctor warns of it.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>What else the user should know beside the change, and is always so.</summary>
    public IReadOnlyList<string> Hints { get; init; } = [];

    public static ClientPlan Impossible(string obstacle) => new() { Obstacle = obstacle };
}
