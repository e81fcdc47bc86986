using Tracker.Importer.Sources;

namespace Tracker.Importer.Importing;

/// <summary>What <c>tracker-importer status</c> tells.</summary>
internal sealed record StatusDocument
{
    public required string Database { get; init; }

    /// <summary>Whether there is one. Looking makes none.</summary>
    public required bool DatabaseExists { get; init; }

    public required DateTimeOffset? LastImport { get; init; }

    public required IReadOnlyList<SourceStatus> Sources { get; init; }
}

/// <summary>How the logs of one client stand.</summary>
internal sealed record SourceStatus
{
    public required string Client { get; init; }

    public required IReadOnlyList<RootStatus> Roots { get; init; }

    /// <summary>Files on disk now, and their bytes.</summary>
    public required int Files { get; init; }

    public required long Bytes { get; init; }

    /// <summary>Files that are new or changed since they were last read.</summary>
    public required int FilesWaiting { get; init; }

    /// <summary>Lines that carried usage, in all files ever read.</summary>
    public required long Records { get; init; }

    /// <summary>Of files that are still there.</summary>
    public required long MalformedLines { get; init; }

    public required DateTimeOffset? LastRead { get; init; }

    /// <summary>The format was never seen in a log that the client really wrote.</summary>
    public required bool Experimental { get; init; }

    /// <summary>Calls that the client's logs tell of; null where they are stored as other clients', and cannot be told from those' own.</summary>
    public required long? Rows { get; init; }

    /// <summary>When the last of them was made.</summary>
    public required DateTimeOffset? LastRecord { get; init; }

    /// <summary>Calls of sub-agents of which nobody saw the final counts.</summary>
    public required long UnfinishedSubAgentCalls { get; init; }

    /// <summary>Fields of the logs that look like counts of tokens and that Tracker does not know.</summary>
    public required IReadOnlyList<UnknownField> UnknownFields { get; init; }

    /// <summary>When the client deletes its logs itself.</summary>
    public required IReadOnlyList<LogRetention> Retention { get; init; }

    public required IReadOnlyList<Trouble> Trouble { get; init; }
}

/// <summary>A field that looks like a count of tokens and that Tracker does not know.</summary>
/// <param name="Name">As the client writes it.</param>
/// <param name="Files">Files that have it.</param>
/// <param name="Since">When the oldest of them was last written.</param>
/// <param name="Example">The newest.</param>
internal sealed record UnknownField(string Name, int Files, DateTimeOffset Since, string Example);

/// <summary>A folder where logs are looked for.</summary>
internal sealed record RootStatus(string Path, bool Exists);
