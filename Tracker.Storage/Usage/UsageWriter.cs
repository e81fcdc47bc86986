using Microsoft.Data.Sqlite;
using Tracker.Storage.Connections;
using Tracker.Storage.Pricing;

namespace Tracker.Storage.Usage;

/// <summary>Stores usage records over one connection of its own. Used by one thread at a time; every call blocks, so keep it off the request path.</summary>
public sealed class UsageWriter : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly UsageUpsert _upsert;

    /// <inheritdoc cref="TrackerConnectionFactory.Open()" path="/exception"/>
    public UsageWriter(TrackerConnectionFactory connections)
    {
        ArgumentNullException.ThrowIfNull(connections);
        _connection = connections.Open();
        _upsert = new UsageUpsert(_connection, PriceBook.Embedded);
    }

    /// <summary>Stores the records in one immediate transaction: all of them or, when this throws, none.</summary>
    /// <exception cref="SqliteException">The database is locked for longer than the busy timeout, or cannot be written; or a record breaks a rule of the schema.</exception>
    public void Write(IReadOnlyCollection<UsageRecord> records)
    {
        ArgumentNullException.ThrowIfNull(records);
        using var transaction = _connection.BeginTransaction();
        foreach (var record in records)
        {
            _upsert.Execute(record, transaction);
        }

        transaction.Commit();
    }

    /// <summary>Moves the log into the database and empties it. Does nothing when another process is using the log.</summary>
    public void Checkpoint() => WalCheckpoint.Truncate(_connection);

    public void Dispose()
    {
        _upsert.Dispose();
        _connection.Dispose();
    }
}
