using Microsoft.Extensions.Logging;
using Tracker.Storage.Schema;

namespace Tracker.Importer;

/// <summary>Tells in the log that the database is brought up to date: for minutes, when it is large, nothing else is done, and the proxy waits with its rows.</summary>
internal sealed partial class MigrationLog(TimeProvider time, ILogger<MigrationLog> logger) : MigrationTeller(time)
{
    protected override void TellBegun(SchemaMigration migration) => LogBegun(migration.Database, migration.From, migration.Copy, migration.To);

    protected override void TellEnded(SchemaMigration migration, TimeSpan duration, int copiesRemoved) =>
        LogEnded(migration.Database, migration.From, migration.To, duration, migration.Copy, copiesRemoved);

    [LoggerMessage(EventIds.MigrationBegun, LogLevel.Information,
        "The database {Database} has schema {From}: it is copied to {Copy} and brought to schema {To}. What a proxy records meanwhile waits in its journal",
        EventName = nameof(EventIds.MigrationBegun))]
    private partial void LogBegun(string database, int from, string copy, int to);

    [LoggerMessage(EventIds.MigrationEnded, LogLevel.Information,
        "The database {Database} was brought from schema {From} to {To} in {Duration}. Its copy {Copy} may be deleted when all is well; of earlier copies {CopiesRemoved} were removed",
        EventName = nameof(EventIds.MigrationEnded))]
    private partial void LogEnded(string database, int from, int to, TimeSpan duration, string copy, int copiesRemoved);
}
