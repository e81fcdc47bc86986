namespace Tracker.Storage.Connections;

/// <summary>A copy of a database that was made before its schema was changed.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="SchemaVersion">The schema it has.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="MadeAt">When it was made.</param>
public sealed record SchemaCopy(string Path, int SchemaVersion, long Bytes, DateTimeOffset MadeAt);
