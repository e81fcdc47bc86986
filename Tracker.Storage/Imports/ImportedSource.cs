namespace Tracker.Storage.Imports;

/// <summary>What was read of one client's logs.</summary>
public sealed record ImportedSource
{
    public string Source { get; init; } = "";

    public long Files { get; init; }

    public long Records { get; init; }

    public long MalformedLines { get; init; }

    public long FilesInTrouble { get; init; }

    public DateTimeOffset LastRead { get; init; }
}
