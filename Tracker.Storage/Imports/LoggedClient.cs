namespace Tracker.Storage.Imports;

/// <summary>The calls that one client's logs tell of.</summary>
public sealed record LoggedClient
{
    public string Client { get; init; } = "";

    public long Calls { get; init; }

    public DateTimeOffset LastCall { get; init; }

    /// <summary>Calls of sub-agents of which no log and no proxy saw the final counts.</summary>
    public long UnfinishedSubAgentCalls { get; init; }
}
