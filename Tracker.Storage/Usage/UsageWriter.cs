using Dapper;
using Microsoft.Data.Sqlite;
using Tracker.Storage.Connections;
using Tracker.Storage.Pricing;
using Tracker.Storage.Schema;

namespace Tracker.Storage.Usage;

/// <summary>Stores usage records over one connection of its own. Used by one thread at a time; every call blocks, so keep it off the request path.</summary>
public sealed class UsageWriter : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly UsageUpsert _upsert;
    private readonly string _path;
    private MovedDatabase.SideFiles? _sideFiles;

    /// <inheritdoc cref="TrackerConnectionFactory.Open()" path="/exception"/>
    public UsageWriter(TrackerConnectionFactory connections, PriceBooks prices)
    {
        ArgumentNullException.ThrowIfNull(connections);
        _connection = connections.Open();
        _path = _connection.DataSource;
        // Under load pages of the indexes change again and again, and each checkpoint writes those since the last one to the database: every 16 MB instead of SQLite's own 4 MB, storing takes a tenth less time.
        Statement.Run(_connection, "PRAGMA wal_autocheckpoint = 4000");
        _upsert = new UsageUpsert(_connection, prices);
    }

    /// <summary>Whether the database's file, its log or the log's index was deleted or replaced since this was opened: what was written since may be gone, without an error.</summary>
    public bool HasMoved => MovedDatabase.HasMoved(_connection, _sideFiles);

    /// <summary>Stores the records in one immediate transaction: all of them or, when this throws, none.</summary>
    /// <exception cref="SqliteException">The database is locked for longer than the busy timeout, or cannot be written; or a record breaks a rule of the schema.</exception>
    /// <exception cref="UnusableDatabaseException">Another, newer program has changed the schema meanwhile.</exception>
    public void Write(IReadOnlyCollection<UsageRecord> records)
    {
        ArgumentNullException.ThrowIfNull(records);
        using var transaction = _connection.BeginTransaction();
        Migrations.RequireKnown(_connection, transaction, _path);
        _upsert.Begin();
        foreach (var record in records)
        {
            _upsert.Execute(record);
        }

        transaction.Commit();
        _sideFiles ??= MovedDatabase.SideFilesOf(_connection);
    }

    /// <summary>Moves the log into the database and empties it.</summary>
    /// <param name="wait">How long to wait for others that use the log; then it stays.</param>
    /// <returns>Whether it is empty now.</returns>
    public bool Checkpoint(TimeSpan wait) => WalCheckpoint.Truncate(_connection, wait);

    /// <summary>To be called before a writer that <see cref="HasMoved"/> is disposed, so that nothing of it gets into the files that are there now.</summary>
    public void LeaveOldFiles() => MovedDatabase.Leave(_connection, _sideFiles);

    /// <summary>Reads the whole database and looks for damage, which takes the time to read it.</summary>
    /// <exception cref="UnusableDatabaseException">It is damaged.</exception>
    public void RequireIntact()
    {
        var found = _connection.ExecuteScalar<string>("PRAGMA quick_check(1)");
        if (found != "ok")
        {
            throw new UnusableDatabaseException($"The database {_path} is damaged: {found}");
        }
    }

    public void Dispose()
    {
        _upsert.Dispose();
        _connection.Dispose();
    }
}
