namespace Tracker.Storage.Imports.ClientDatabases;

/// <summary>A message of opencode's database, with what other tables say of it.</summary>
public sealed record OpencodeMessage
{
    public string Id { get; init; } = "";

    public string SessionId { get; init; } = "";

    /// <summary>The session that started this one as a sub-agent.</summary>
    public string? ParentSessionId { get; init; }

    /// <summary>The message itself: JSON.</summary>
    public string Data { get; init; } = "";

    /// <summary>The tools that the model asked for in it.</summary>
    public IReadOnlyList<Usage.ToolCall> ToolCalls { get; init; } = [];

    /// <summary>The next reading leaves it out, unless something older has changed.</summary>
    public bool IsSettled { get; init; }
}
