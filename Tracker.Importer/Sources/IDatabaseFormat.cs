using Tracker.Storage.Usage;

namespace Tracker.Importer.Sources;

/// <summary>A client's SQLite database, whose queries are in <c>Tracker.Storage/Imports/ClientDatabases</c>. It is read when it or its <c>-wal</c> file has changed.</summary>
internal interface IDatabaseFormat : ILogFormat
{
    /// <summary>Reads what is new.</summary>
    /// <param name="file">The database.</param>
    /// <param name="state">What an earlier reading returned; null at the first.</param>
    /// <param name="drift">Is told of fields that look like token counts and that the format does not know.</param>
    /// <param name="onRecord">Gets each record that is new or may have changed.</param>
    /// <param name="cancellationToken">Ends between two rows.</param>
    /// <returns>The new state, a small text such as the highest row id. Stored when all records are.</returns>
    /// <exception cref="IOException">It cannot be read now; it is tried again in the next pass.</exception>
    /// <exception cref="FormatException">It is not the database that was expected; the message says why.</exception>
    string? Read(LogFile file, string? state, SchemaDrift drift, Action<UsageRecord> onRecord, CancellationToken cancellationToken);
}
