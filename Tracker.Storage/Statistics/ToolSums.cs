namespace Tracker.Storage.Statistics;

/// <summary>How often models asked for a tool.</summary>
public sealed record ToolSums
{
    public string Name { get; init; } = "";

    public long Calls { get; init; }

    /// <summary>Sessions in which it was asked for.</summary>
    public long Sessions { get; init; }
}
