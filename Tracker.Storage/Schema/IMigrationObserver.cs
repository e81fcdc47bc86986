namespace Tracker.Storage.Schema;

/// <summary>Is told of a migration, which takes as long as copying the database and more. A new database is none. Called by whoever opens the database, one at a time.</summary>
public interface IMigrationObserver
{
    /// <summary>The copy is made next. Others can read the database as it was, and cannot write to it.</summary>
    void OnBegin(SchemaMigration migration);

    /// <summary>It is done; a migration that fails has no end, and may begin again.</summary>
    /// <param name="migration">The one that has begun.</param>
    /// <param name="copiesRemoved">Copies of earlier migrations that were removed.</param>
    void OnEnd(SchemaMigration migration, int copiesRemoved);
}
