using Microsoft.Data.Sqlite;
using Tracker.Storage.Connections;
using Tracker.Storage.Joining;
using Tracker.Storage.Pricing;
using Tracker.Storage.Schema;
using Tracker.Storage.Usage;

namespace Tracker.Storage.Imports;

/// <summary>
/// Stores what was read from log files over one connection of its own: the records and the cursors that cover them in the same transaction.
/// Used by one thread at a time.
/// </summary>
public sealed class ImportWriter : IDisposable
{
    private readonly TrackerConnectionFactory _connections;
    private readonly TimeProvider _time;
    private readonly SqliteConnection _connection;
    private readonly UsageUpsert _upsert;
    private readonly CopiedCalls _copies;
    private readonly Statement _saveCursor;
    private readonly Statement _dataVersion;
    private readonly string _path;
    private Statement? _withdraw; // Seldom needed.
    private SqliteConnection? _checkpointer;
    private Task _checkpoint = Task.CompletedTask;
    private SqliteTransaction? _transaction;
    private long _lastId;

    /// <inheritdoc cref="TrackerConnectionFactory.Open()" path="/exception"/>
    public ImportWriter(TrackerConnectionFactory connections, PriceBooks prices, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(connections);
        (_connections, _time) = (connections, time);
        _connection = connections.Open();
        _path = _connection.DataSource;
        _upsert = new UsageUpsert(_connection, prices);
        _saveCursor = new Statement(_connection, ImportQueries.SaveCursorSql);
        _dataVersion = new Statement(_connection, "PRAGMA data_version");
        Joins = new JoinWriter(_connection, _upsert, time);
        _copies = new CopiedCalls(_connection, Joins, _upsert.Pruned);
        Unpriced = new UnpricedCalls(_connection, prices, time);
        // The index of the keys should fit, because the rows of an import hit it all over: 20 MB hold it for 400,000 calls. More would only keep what is never asked for again, on
        // pages that the system must clear first. This connection checkpoints by itself, between transactions.
        Statement.Run(_connection, "PRAGMA cache_size = -20480");
        Statement.Run(_connection, "PRAGMA wal_autocheckpoint = 0");
    }

    /// <summary>What is to be done when the records of a pass are stored.</summary>
    public JoinWriter Joins { get; }

    /// <summary>Calls for which the present prices may have a cost.</summary>
    public UnpricedCalls Unpriced { get; }

    /// <summary>The cursors of one source by path.</summary>
    public IReadOnlyDictionary<string, ImportCursor> ReadCursors(string source) =>
        ImportQueries.ReadCursors(_connection, source).ToDictionary(cursor => cursor.Path, StringComparer.Ordinal);

    /// <summary>Gets a record that the database refuses, and why. It is left out, and the rest stored. When nobody is told, the exception comes.</summary>
    public Action<UsageRecord, SqliteException>? OnRefused { get; set; }

    /// <summary>Another number than before when another connection has written meanwhile.</summary>
    /// <exception cref="SqliteException">The database cannot be read.</exception>
    public long? DataVersion
    {
        get
        {
            try
            {
                return _dataVersion.Step() ? _dataVersion.Number(0) : null;
            }
            finally
            {
                _dataVersion.Reset();
            }
        }
    }

    /// <summary>Whether a transaction is open.</summary>
    public bool IsWriting => _transaction is not null;

    /// <summary>
    /// Stores steps from the front in one immediate transaction, until all are stored or <paramref name="longest"/> has passed.
    /// </summary>
    /// <returns>How many steps were stored (at least one) and how many rows are new.</returns>
    /// <exception cref="SqliteException">The database is locked for longer than the busy timeout, or cannot be written. Nothing was stored.</exception>
    /// <exception cref="UnusableDatabaseException">Another, newer program has changed the schema meanwhile.</exception>
    public ImportResult Write(IReadOnlyList<ImportStep> steps, TimeSpan longest)
    {
        ArgumentNullException.ThrowIfNull(steps);
        BeginTransaction();
        try
        {
            var started = _time.GetTimestamp();
            var stored = 0;
            var added = 0;
            while (stored < steps.Count)
            {
                added += Store(steps[stored++]);
                if ((stored & 15) == 0 && _time.GetElapsedTime(started) >= longest)
                {
                    break;
                }
            }

            Commit();
            return new ImportResult(stored, added);
        }
        finally
        {
            Rollback();
        }
    }

    /// <summary>Takes over names that logs have for calls, in one immediate transaction (<see cref="CopiedCalls.Adopt"/>).</summary>
    /// <exception cref="SqliteException">The database is locked for longer than the busy timeout, or cannot be written. Nothing was stored.</exception>
    /// <exception cref="UnusableDatabaseException">Another, newer program has changed the schema meanwhile.</exception>
    public void Adopt(IReadOnlyList<(UsageKey Alias, UsageKey Key)> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        BeginTransaction();
        try
        {
            foreach (var (alias, key) in names)
            {
                _copies.Adopt(alias, key);
            }

            Commit();
        }
        finally
        {
            Rollback();
        }
    }

    /// <summary>Begins an immediate transaction, for several portions of steps.</summary>
    /// <exception cref="StorageException">The database cannot be opened once more.</exception>
    /// <exception cref="SqliteException">The database is locked for longer than the busy timeout, or cannot be written.</exception>
    /// <exception cref="UnusableDatabaseException">Another, newer program has changed the schema meanwhile.</exception>
    public void Begin()
    {
        // Opened before there is a log to copy: later, the file of this name might be another one.
        _checkpointer ??= _connections.OpenBesideWriter();
        BeginTransaction();
    }

    /// <summary>Stores steps in the open transaction.</summary>
    /// <returns>How many rows are new.</returns>
    /// <exception cref="SqliteException">The database cannot be written; the transaction is to be rolled back.</exception>
    public int Append(IReadOnlyList<ImportStep> steps)
    {
        ArgumentNullException.ThrowIfNull(steps);
        var added = 0;
        for (var i = 0; i < steps.Count; i++)
        {
            added += Store(steps[i]);
        }

        return added;
    }

    /// <summary>Ends the transaction that is open, if one is.</summary>
    /// <exception cref="SqliteException">The database cannot be written. Nothing of it was stored.</exception>
    public void Commit()
    {
        _transaction?.Commit();
        Rollback();
    }

    /// <summary>Gives up the transaction that is open, if one is.</summary>
    public void Rollback()
    {
        _transaction?.Dispose();
        _transaction = null;
    }

    /// <summary>
    /// Begins to copy the log into the database, on another thread and connection: the next transaction need not wait for the disk. Does nothing while that is being done. Call it between
    /// transactions that were begun with <see cref="Begin"/>.
    /// </summary>
    /// <exception cref="SqliteException">The one before has failed.</exception>
    public void BeginCheckpoint()
    {
        if (_checkpoint.IsCompleted && _checkpointer is { } checkpointer)
        {
            _checkpoint.GetAwaiter().GetResult();
            _checkpoint = Task.Run(() => WalCheckpoint.Copy(checkpointer));
        }
    }

    /// <summary>Empties the log if it has grown past a length. Call it between transactions.</summary>
    /// <exception cref="SqliteException">The database cannot be written.</exception>
    public void CheckpointIfLarge(long walBytes = WalCheckpoint.Large)
    {
        if (WalCheckpoint.LengthOfLog(_path) > walBytes)
        {
            _checkpoint.GetAwaiter().GetResult();
            WalCheckpoint.Truncate(_connection, WalCheckpoint.ShortWait);
        }
    }

    /// <summary>Notes when a pass over the sources ended, for <c>/status</c>.</summary>
    public void SetLastImport(DateTimeOffset endedAt) => ImportQueries.SetLastImport(_connection, endedAt);

    public void Dispose()
    {
        Rollback();
        Task.WaitAny(_checkpoint); // Which throws nothing. Should it have failed, the log is still there, and copied when the connection is closed.
        _checkpointer?.Dispose();
        _saveCursor.Dispose();
        _dataVersion.Dispose();
        _withdraw?.Dispose();
        _copies.Dispose();
        Joins.Dispose();
        Unpriced.Dispose();
        _upsert.Dispose();
        _connection.Dispose();
    }

    private void BeginTransaction()
    {
        _transaction = _connection.BeginTransaction();
        try
        {
            Migrations.RequireKnown(_connection, _transaction, _path);
            using var select = new Statement(_connection, "SELECT coalesce(max(id), 0) FROM usage");
            select.Step();
            _lastId = select.Number(0)!.Value;
            _upsert.Begin();
            _copies.Begin();
        }
        catch
        {
            Rollback();
            throw;
        }
    }

    /// <returns>1 for a call that had no row before, else 0.</returns>
    private int Store(ImportStep step)
    {
        var added = 0;
        if (step is { IsWithdrawn: true, Record: { } withdrawn })
        {
            ImportQueries.Withdraw(_withdraw ??= new Statement(_connection, ImportQueries.WithdrawSql), withdrawn);
        }
        else if (step.Record is { } record)
        {
            added = Store(record);
        }

        if (step.Cursor is { } cursor)
        {
            ImportQueries.SaveCursor(_saveCursor, cursor);
        }

        return added;
    }

    private int Store(UsageRecord record)
    {
        try
        {
            if (_copies.Admit(record) is not { } admitted)
            {
                return 0;
            }

            var id = _upsert.Execute(admitted);
            if (id <= _lastId)
            {
                return 0;
            }

            _lastId = id;
            return 1;
        }
        catch (SqliteException exception) when (OnRefused is not null && !StorageFaults.IsOfDatabase(exception))
        {
            // SQLite has undone the statement that failed, and that alone.
            OnRefused(record, exception);
            return 0;
        }
    }
}
