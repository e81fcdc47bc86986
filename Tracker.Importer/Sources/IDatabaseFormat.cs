using Tracker.Storage.Usage;

namespace Tracker.Importer.Sources;

/// <summary>A client's SQLite database, whose queries are in <c>Tracker.Storage/Imports/ClientDatabases</c>. It is read when it or its <c>-wal</c> file has changed.</summary>
internal interface IDatabaseFormat : ILogFormat
{
    /// <summary>Reads what is new.</summary>
    /// <param name="file">The database.</param>
    /// <param name="state">The state that an earlier reading returned; null at the first.</param>
    /// <param name="drift">Is told of fields that look like token counts and that the format does not know.</param>
    /// <param name="onRecord">Gets each record that is new or may have changed.</param>
    /// <param name="cancellationToken">Ends between two rows.</param>
    /// <exception cref="IOException">It cannot be read now; it is tried again in the next pass.</exception>
    /// <exception cref="FormatException">It is not the database that was expected; the message says why. An entry that cannot be read is no reason: the others are read, and it is told.</exception>
    DatabaseReading Read(LogFile file, string? state, SchemaDrift drift, Action<UsageRecord> onRecord, CancellationToken cancellationToken);
}
