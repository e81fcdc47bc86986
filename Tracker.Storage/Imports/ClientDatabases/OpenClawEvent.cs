namespace Tracker.Storage.Imports.ClientDatabases;

/// <summary>An event of a session in one of OpenClaw's databases, as it stands there.</summary>
public sealed record OpenClawEvent
{
    public string SessionId { get; init; } = "";

    /// <summary>The session belongs to a sub-agent.</summary>
    public bool IsSubAgents { get; init; }

    /// <summary>The session that has started the sub-agent; null when it is gone.</summary>
    public string? ParentSessionId { get; init; }

    /// <summary>The session's first event, which has its folder: JSON; null when it is not there.</summary>
    public string? Head { get; init; }

    /// <summary>The event itself: JSON in UTF-8; compressed with zstd where <see cref="UncompressedLength"/> is known.</summary>
    public byte[] Data { get; init; } = [];

    /// <summary>The number of bytes that <see cref="Data"/> has when it is decompressed; null for an event that is not compressed.</summary>
    public long? UncompressedLength { get; init; }
}
