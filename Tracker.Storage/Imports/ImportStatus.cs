using Tracker.Storage.Connections;

namespace Tracker.Storage.Imports;

/// <summary>What the imports have left in the database, for <c>status</c> and <c>/status</c>.</summary>
public sealed class ImportStatus(TrackerConnectionFactory connections)
{
    /// <summary>When a pass over the sources last ended; null before the first.</summary>
    public DateTimeOffset? ReadLastImport()
    {
        using var connection = connections.OpenReadOnly();
        return ImportQueries.ReadLastImport(connection);
    }

    /// <summary>The cursors of one source.</summary>
    public IReadOnlyList<ImportCursor> ReadCursors(string source)
    {
        using var connection = connections.OpenReadOnly();
        return [.. ImportQueries.ReadCursors(connection, source)];
    }

    /// <summary>The calls that logs tell of, by client.</summary>
    public IReadOnlyList<LoggedClient> ReadClients()
    {
        using var connection = connections.OpenReadOnly();
        return [.. ImportQueries.ReadClients(connection)];
    }

    /// <summary>What was read of each source so far.</summary>
    public IReadOnlyList<ImportedSource> ReadSources()
    {
        using var connection = connections.OpenReadOnly();
        return [.. ImportQueries.ReadSources(connection)];
    }
}
