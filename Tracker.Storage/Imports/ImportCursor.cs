namespace Tracker.Storage.Imports;

/// <summary>How far one log file has been read, and what it looked like then. Bytes before <see cref="Offset"/> are never read again while the file only grows.</summary>
public sealed record ImportCursor
{
    /// <summary>The client whose log it is: <c>claude-code</c>.</summary>
    public required string Source { get; init; }

    /// <summary>The file's absolute path.</summary>
    public required string Path { get; init; }

    /// <summary>Creation and modification time (UTC ticks) and length in bytes when the file was last read.</summary>
    public required long CreatedAtTicks { get; init; }

    public required long ModifiedAtTicks { get; init; }

    public required long Length { get; init; }

    /// <summary>Where the next unread line begins.</summary>
    public required long Offset { get; init; }

    /// <summary>Complete lines before <see cref="Offset"/>.</summary>
    public required long LineCount { get; init; }

    /// <summary>Fingerprint of the file's first <see cref="HeadLength"/> bytes: a file that was replaced has another one.</summary>
    public required long HeadHash { get; init; }

    public required int HeadLength { get; init; }

    /// <summary>Lines that carried usage, and lines that could not be read, before <see cref="Offset"/>.</summary>
    public required long RecordCount { get; init; }

    public required long MalformedCount { get; init; }

    /// <summary>What was wrong with the file, for people; null when nothing is.</summary>
    public string? Trouble { get; init; }

    public required DateTimeOffset ImportedAt { get; init; }
}
