using Tracker.Storage.Connections;

namespace Tracker.Storage.Care;

/// <summary>How a database's files stand, whether it can be used or not.</summary>
public sealed record DatabaseCondition
{
    public required string Path { get; init; }

    public required DatabaseFault Fault { get; init; }

    /// <summary>What SQLite or the system says of the fault; null when there is none.</summary>
    public string? Reason { get; init; }

    /// <summary>Of the file; 0 when there is none.</summary>
    public long Bytes { get; init; }

    /// <summary>Of its log.</summary>
    public long WalBytes { get; init; }

    /// <summary>Who may do what with the file; null on Windows.</summary>
    public UnixFileMode? Mode { get; init; }

    /// <summary>What lies beside it of earlier migrations.</summary>
    public IReadOnlyList<SchemaCopy> Copies { get; init; } = [];

    /// <summary>Null when it cannot be read.</summary>
    public int? SchemaVersion { get; init; }

    /// <summary>Whether the tables are those that this program knows, so that they can be asked.</summary>
    public bool IsOfThisVersion { get; init; }

    /// <summary>Whether it has an earlier schema and is locked: nearly always by a program that brings it up to date.</summary>
    public bool IsHeldBeforeMigration => Fault == DatabaseFault.Locked && SchemaVersion is not null && !IsOfThisVersion;
}
