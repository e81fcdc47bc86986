using Dapper;
using Microsoft.Data.Sqlite;
using Tracker.Storage.Connections;
using Tracker.Storage.Joining;
using Tracker.Storage.Pricing;
using Tracker.Storage.Usage;

namespace Tracker.Storage.Imports;

/// <summary>
/// Stores what was read from log files over one connection of its own: the records and the cursors that cover them in the same transaction.
/// Used by one thread at a time.
/// </summary>
public sealed class ImportWriter : IDisposable
{
    /// <summary>The log is emptied when it is larger than this: with a proxy writing beside it, SQLite's own checkpoint never would.</summary>
    public const long WalBytesBeforeCheckpoint = 12 * 1024 * 1024;

    // Queries of the dashboard end within this; a longer reader is not worth standing still for.
    private static readonly TimeSpan CheckpointWait = TimeSpan.FromMilliseconds(100);

    private readonly TimeProvider _time;
    private readonly SqliteConnection _connection;
    private readonly UsageUpsert _upsert;
    private readonly string _path;

    /// <inheritdoc cref="TrackerConnectionFactory.Open()" path="/exception"/>
    public ImportWriter(TrackerConnectionFactory connections, PriceBooks prices, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(connections);
        _time = time;
        _connection = connections.Open();
        _path = _connection.DataSource;
        _upsert = new UsageUpsert(_connection, prices);
        Joins = new JoinWriter(_connection, _upsert, time);
        Unpriced = new UnpricedCalls(_connection, prices, time);
        // A large page cache, because the rows of an import hit the index all over. This connection checkpoints by itself, between transactions.
        _connection.Execute("PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 0;");
    }

    /// <summary>What is to be done when the records of a pass are stored.</summary>
    public JoinWriter Joins { get; }

    /// <summary>Calls for which the present prices may have a cost.</summary>
    public UnpricedCalls Unpriced { get; }

    /// <summary>The cursors of one source by path.</summary>
    public IReadOnlyDictionary<string, ImportCursor> ReadCursors(string source) =>
        ImportQueries.ReadCursors(_connection, source).ToDictionary(cursor => cursor.Path, StringComparer.Ordinal);

    /// <summary>
    /// Stores steps from the front in one immediate transaction, until all are stored or <paramref name="longest"/> has passed.
    /// </summary>
    /// <returns>How many steps were stored (at least one) and how many rows are new.</returns>
    /// <exception cref="SqliteException">The database is locked for longer than the busy timeout, or cannot be written. Nothing was stored.</exception>
    public ImportResult Write(IReadOnlyList<ImportStep> steps, TimeSpan longest)
    {
        ArgumentNullException.ThrowIfNull(steps);
        using var transaction = _connection.BeginTransaction();
        var started = _time.GetTimestamp();
        var lastId = _connection.ExecuteScalar<long>("SELECT coalesce(max(id), 0) FROM usage", transaction: transaction);
        var stored = 0;
        var added = 0;
        while (stored < steps.Count)
        {
            var step = steps[stored++];
            if (step.Record is { } record && _upsert.Execute(record) is var id && id > lastId)
            {
                lastId = id;
                added++;
            }

            if (step.Cursor is { } cursor)
            {
                ImportQueries.SaveCursor(_connection, transaction, cursor);
            }

            if ((stored & 15) == 0 && _time.GetElapsedTime(started) >= longest)
            {
                break;
            }
        }

        transaction.Commit();
        return new ImportResult(stored, added);
    }

    /// <summary>Empties the log if it has grown past <see cref="WalBytesBeforeCheckpoint"/>. Call it between transactions.</summary>
    public void CheckpointIfLarge()
    {
        if (WalCheckpoint.LengthOfLog(_path) > WalBytesBeforeCheckpoint)
        {
            WalCheckpoint.Truncate(_connection, CheckpointWait);
        }
    }

    /// <summary>Notes when a pass over the sources ended, for <c>/status</c>.</summary>
    public void SetLastImport(DateTimeOffset endedAt) => ImportQueries.SetLastImport(_connection, endedAt);

    public void Dispose()
    {
        Joins.Dispose();
        Unpriced.Dispose();
        _upsert.Dispose();
        _connection.Dispose();
    }
}
