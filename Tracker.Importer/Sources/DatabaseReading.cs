namespace Tracker.Importer.Sources;

/// <summary>What reading a client's database gave.</summary>
internal sealed record DatabaseReading
{
    /// <summary>What the next reading needs to find what is new, a small text. Stored when all records are.</summary>
    public required string? State { get; init; }

    /// <summary>Records that the database holds, with those of earlier readings that were not read again.</summary>
    public required long RecordCount { get; init; }

    /// <summary>Entries that could not be read, of the whole database as well.</summary>
    public long MalformedCount { get; init; }

    /// <summary>The part of <see cref="MalformedCount"/> that was met in this reading.</summary>
    public long MalformedNow { get; init; }

    /// <summary>What is wrong with one of those entries, for people; null when there are none.</summary>
    public string? Trouble { get; init; }
}
