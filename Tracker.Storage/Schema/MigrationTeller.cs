namespace Tracker.Storage.Schema;

/// <summary>Tells of a migration in a program's log. One that fails, for want of room perhaps, begins again with every try and is told once; why it fails is told by who opens the database.</summary>
public abstract class MigrationTeller(TimeProvider time) : IMigrationObserver
{
    private SchemaMigration? _told;
    private long _begun;

    /// <inheritdoc/>
    public virtual void OnBegin(SchemaMigration migration)
    {
        _begun = time.GetTimestamp();
        if (migration != _told)
        {
            _told = migration;
            TellBegun(migration);
        }
    }

    /// <inheritdoc/>
    public void OnEnd(SchemaMigration migration, int copiesRemoved)
    {
        _told = null;
        TellEnded(migration, time.GetElapsedTime(_begun), copiesRemoved);
    }

    /// <summary>Logs the beginning.</summary>
    protected abstract void TellBegun(SchemaMigration migration);

    /// <summary>Logs the end.</summary>
    /// <param name="migration">The one that has begun.</param>
    /// <param name="duration">From its last beginning, with the copy.</param>
    /// <param name="copiesRemoved">Copies of earlier migrations that were removed.</param>
    protected abstract void TellEnded(SchemaMigration migration, TimeSpan duration, int copiesRemoved);
}
