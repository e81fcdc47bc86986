namespace Tracker.Storage.Imports.ClientDatabases;

/// <summary>How far a client's database was read.</summary>
/// <param name="Mark">Where the next reading begins, a small text.</param>
/// <param name="IsWhole">Everything was read, not only what was new or may have changed.</param>
public sealed record ClientDatabaseReading(string Mark, bool IsWhole);
