namespace Tracker.Storage.Care;

/// <summary>What a repair did.</summary>
public sealed record RepairReport
{
    public required string Database { get; init; }

    /// <summary>Where the damaged file is now.</summary>
    public required string MovedTo { get; init; }

    /// <summary>Calls that were read from it.</summary>
    public required long CallsSalvaged { get; init; }

    /// <summary>Places in it where calls could not be read.</summary>
    public required int Holes { get; init; }

    /// <summary>How many calls they can have had at most; null when nothing could be read at all.</summary>
    public required long? CallsLostAtMost { get; init; }

    /// <summary>Calls of those that were read whose tools could not be.</summary>
    public required int CallsWithoutTools { get; init; }

    /// <summary>Calls that the wire and a log had told of whose names in that log could not be read. They are the wire's alone until the importer has joined them again.</summary>
    public required long CallsToJoinAgain { get; init; }

    /// <summary>Rows that could be read and cannot be right; they were not taken.</summary>
    public required long ImplausibleRows { get; init; }

    /// <summary>Whether the sums of pruned calls, if there were any, are in the new database.</summary>
    public required bool PrunedSumsKept { get; init; }

    /// <summary>Records of the journal that were stored; most of them had been stored before.</summary>
    public required long JournalRecords { get; init; }

    /// <summary>Files of the journal that could not be read; they are where they were.</summary>
    public int JournalFilesUnread { get; init; }
}
