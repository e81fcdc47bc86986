namespace Tracker.Importer.Importing;

/// <summary>What <c>tracker-importer status</c> tells.</summary>
internal sealed record StatusDocument
{
    public required string Database { get; init; }

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

    public required long MalformedLines { get; init; }

    public required DateTimeOffset? LastRead { get; init; }

    public required IReadOnlyList<Trouble> Trouble { get; init; }
}

/// <summary>A folder where logs are looked for.</summary>
internal sealed record RootStatus(string Path, bool Exists);
