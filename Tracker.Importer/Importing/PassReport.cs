using System.Text.Json.Serialization;

namespace Tracker.Importer.Importing;

/// <summary>What one pass over the sources did; <c>--json</c> prints it.</summary>
internal sealed record PassReport
{
    public required string Database { get; init; }

    /// <summary>Another importer is at work in the database's folder, so this one did nothing.</summary>
    public bool AlreadyRunning { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public long DurationMs { get; init; }

    /// <summary>Calls that had no row before.</summary>
    public long RowsAdded { get; init; }

    /// <summary>Calls that had a row for the wire and another for the log, and have one now.</summary>
    public int Joined { get; init; }

    /// <summary>When more calls can be joined that are too young now.</summary>
    [JsonIgnore]
    public DateTimeOffset? NextJoinAt { get; init; }

    /// <summary>The files that were looked at.</summary>
    [JsonIgnore]
    public IReadOnlyList<ClaimedFile> Listed { get; init; } = [];

    /// <summary>Calls that had no cost before, because no price was known.</summary>
    public long CallsPriced { get; init; }

    public IReadOnlyList<SourceReport> Sources { get; init; } = [];

    /// <returns>How long to wait before another pass can join calls; null when there is nothing to wait for.</returns>
    public TimeSpan? PauseUntilJoin(DateTimeOffset now)
    {
        // Calls of a moment ago settle one after the other; a pass for each would be many.
        var shortest = TimeSpan.FromMilliseconds(500);
        return NextJoinAt - now is { } pause ? (pause > shortest ? pause + TimeSpan.FromMilliseconds(1) : shortest) : null;
    }

    /// <summary>What this pass and one after it did together.</summary>
    public PassReport FollowedBy(PassReport later) => later with
    {
        StartedAt = StartedAt,
        DurationMs = (long)(later.StartedAt - StartedAt).TotalMilliseconds + later.DurationMs,
        RowsAdded = RowsAdded + later.RowsAdded,
        Joined = Joined + later.Joined,
        CallsPriced = CallsPriced + later.CallsPriced,
        Sources = [.. Sources.Zip(later.Sources, (source, again) => source.FollowedBy(again))],
    };
}

/// <summary>One source's part in a pass.</summary>
internal sealed record SourceReport
{
    public required string Client { get; init; }

    /// <summary>The folders that exist.</summary>
    public required IReadOnlyList<string> Roots { get; init; }

    public required int Files { get; init; }

    /// <summary>Files that were opened: new or changed.</summary>
    public required int FilesRead { get; init; }

    public required long BytesRead { get; init; }

    /// <summary>Lines that carried usage. A call has one or several.</summary>
    public required long Records { get; init; }

    public required long RowsAdded { get; init; }

    public required long MalformedLines { get; init; }

    public required IReadOnlyList<Trouble> Trouble { get; init; }

    /// <summary>A folder of the source could not be listed, so something may be missing.</summary>
    public required bool HasFailed { get; init; }

    /// <inheritdoc cref="PassReport.FollowedBy"/>
    public SourceReport FollowedBy(SourceReport later) => later with
    {
        FilesRead = FilesRead + later.FilesRead,
        BytesRead = BytesRead + later.BytesRead,
        Records = Records + later.Records,
        RowsAdded = RowsAdded + later.RowsAdded,
        MalformedLines = MalformedLines + later.MalformedLines,
        Trouble = [.. Trouble.Union(later.Trouble)],
        HasFailed = HasFailed || later.HasFailed,
    };
}
