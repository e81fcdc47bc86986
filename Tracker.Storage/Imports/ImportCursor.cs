namespace Tracker.Storage.Imports;

/// <summary>How far one log file has been read, and what it looked like then. Bytes before <see cref="Offset"/>, but for <see cref="HeldLength"/>, are never read again while the file only grows.</summary>
public sealed record ImportCursor
{
    /// <summary>A <see cref="Length"/> that no file has: the file is opened again in the next pass.</summary>
    public const long NotToTheEnd = -1;

    /// <summary>The client whose log it is: <c>claude-code</c>.</summary>
    public required string Source { get; init; }

    /// <summary>The file's absolute path.</summary>
    public required string Path { get; init; }

    /// <summary>Modification time (UTC ticks) when the file was last read. Together with <see cref="Length"/> it tells that there is nothing new.</summary>
    public required long ModifiedAtTicks { get; init; }

    /// <summary>Length in bytes when the file was read to its end; <see cref="NotToTheEnd"/> while it was not, or could not be read.</summary>
    public required long Length { get; init; }

    /// <summary>Which version of the reader has read the file.</summary>
    public int ReaderVersion { get; init; } = 1;

    /// <summary>Where the next unread line begins.</summary>
    public required long Offset { get; init; }

    /// <summary>
    /// How far before <see cref="Offset"/> the lines of the last call begin, if a line that is yet to come may say that its answer broke off; else 0. They are read again with what is
    /// new, and not counted again.
    /// </summary>
    public long HeldLength { get; init; }

    /// <summary>Complete lines before <see cref="Offset"/>.</summary>
    public required long LineCount { get; init; }

    /// <summary>
    /// Of a file of lines: hash of the file's first <see cref="HeadLength"/> bytes and of the last <see cref="TailLength"/> bytes of the line before
    /// <see cref="Offset"/>, so that a file that was replaced, or cut and written again, has another one. Of a document: hash of its content.
    /// </summary>
    public required long Fingerprint { get; init; }

    public required int HeadLength { get; init; }

    public required int TailLength { get; init; }

    /// <summary>Lines that carried usage, and lines that could not be read, before <see cref="Offset"/>.</summary>
    public required long RecordCount { get; init; }

    public required long MalformedCount { get; init; }

    /// <summary>Why the file could not be read when it was last tried, for people; null when it was.</summary>
    public string? Trouble { get; init; }

    /// <summary>The first of the lines that could not be read, for people: <c>line 7 is not valid JSON</c>, of a document without the line. Null when there are none.</summary>
    public string? FirstMalformed { get; init; }

    /// <summary>What the file's reader needs to go on at <see cref="Offset"/>; null when nothing.</summary>
    public string? State { get; init; }

    /// <summary>Fields of the file that look like token counts and that no reader knows, with spaces between; null when there are none.</summary>
    public string? Drift { get; init; }

    public required DateTimeOffset ImportedAt { get; init; }
}
