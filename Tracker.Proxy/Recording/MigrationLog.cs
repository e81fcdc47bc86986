using Tracker.Storage.Schema;

namespace Tracker.Proxy.Recording;

/// <summary>Tells in the log and in <c>/status</c> that the database is brought up to date: for minutes, when it is large, no row is stored.</summary>
internal sealed partial class MigrationLog(WriterStatus status, TimeProvider time, ILogger<MigrationLog> logger) : MigrationTeller(time)
{
    public override void OnBegin(SchemaMigration migration)
    {
        status.Explain($"The database is copied to {migration.Copy} and brought from schema {migration.From} to {migration.To}, which takes minutes for a large one.");
        base.OnBegin(migration);
    }

    protected override void TellBegun(SchemaMigration migration) => LogBegun(migration.Database, migration.From, migration.Copy, migration.To);

    protected override void TellEnded(SchemaMigration migration, TimeSpan duration, int copiesRemoved) =>
        LogEnded(migration.Database, migration.From, migration.To, duration, migration.Copy, copiesRemoved);

    [LoggerMessage(EventIds.MigrationBegun, LogLevel.Information,
        "The database {Database} has schema {From}: it is copied to {Copy} and brought to schema {To}. Calls are forwarded and recorded meanwhile; reports cannot be read until it has ended",
        EventName = nameof(EventIds.MigrationBegun))]
    private partial void LogBegun(string database, int from, string copy, int to);

    [LoggerMessage(EventIds.MigrationEnded, LogLevel.Information,
        "The database {Database} was brought from schema {From} to {To} in {Duration}. Its copy {Copy} may be deleted when all is well; of earlier copies {CopiesRemoved} were removed",
        EventName = nameof(EventIds.MigrationEnded))]
    private partial void LogEnded(string database, int from, int to, TimeSpan duration, string copy, int copiesRemoved);
}
