namespace Tracker.Proxy.Connecting;

/// <summary>What connecting a client means, given its settings.</summary>
internal sealed record ClientPlan(params IReadOnlyList<WantedSetting> Settings)
{
    /// <summary>Why it cannot be pointed at a proxy; null: it can.</summary>
    public string? Obstacle { get; init; }

    /// <summary>What the user should know beside the change.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    public static ClientPlan Impossible(string obstacle) => new() { Obstacle = obstacle };
}
