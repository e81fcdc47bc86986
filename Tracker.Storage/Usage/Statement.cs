using System.Buffers;
using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Tracker.Storage.Usage;

/// <summary>
/// A prepared statement whose parameters are bound by position. Microsoft.Data.Sqlite looks each parameter up by its name and boxes its value on
/// every execution; with the merge's forty columns that cost more than storing the row. Used within a transaction of the connection, by one thread.
/// </summary>
internal sealed class Statement : IDisposable
{
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;

    // Of the merge's forty columns a log knows twenty: a parameter that is null already is not bound again. SQLite keeps what is bound.
    private readonly bool[] _isBound;

    /// <param name="connection">An open connection, which must outlive the statement.</param>
    /// <param name="sql">One statement, with its parameters as <c>?1</c>, <c>?2</c> …</param>
    /// <exception cref="SqliteException">It cannot be prepared.</exception>
    public Statement(SqliteConnection connection, string sql)
    {
        _database = connection.Handle!;
        Check(raw.sqlite3_prepare_v2(_database, sql, out _statement));
        _isBound = new bool[raw.sqlite3_bind_parameter_count(_statement) + 1];
    }

    public void Bind(int parameter, long? value)
    {
        if (value is not { } number)
        {
            BindNull(parameter);
            return;
        }

        _isBound[parameter] = true;
        Check(raw.sqlite3_bind_int64(_statement, parameter, number));
    }

    public void BindReal(int parameter, double value)
    {
        _isBound[parameter] = true;
        Check(raw.sqlite3_bind_double(_statement, parameter, value));
    }

    public void Bind(int parameter, string? value)
    {
        if (value is null)
        {
            BindNull(parameter);
            return;
        }

        _isBound[parameter] = true;
        var length = Encoding.UTF8.GetMaxByteCount(value.Length);
        byte[]? rented = null;
        var buffer = length <= 512 ? stackalloc byte[512] : rented = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            // SQLite copies the bytes.
            Check(raw.sqlite3_bind_text(_statement, parameter, buffer[..Encoding.UTF8.GetBytes(value, buffer)]));
        }
        finally
        {
            if (rented is not null)
            {
                ArrayPool<byte>.Shared.Return(rented);
            }
        }
    }

    /// <summary>Runs it to its end.</summary>
    /// <exception cref="SqliteException">It failed; the transaction is to be rolled back.</exception>
    public void Run()
    {
        try
        {
            while (Step())
            {
            }
        }
        finally
        {
            Reset();
        }
    }

    /// <summary>The id of the row that this statement, having just run, has inserted; null when it has inserted none.</summary>
    public long? InsertedId => ChangedRows > 0 ? raw.sqlite3_last_insert_rowid(_database) : null;

    /// <summary>How many rows this statement, having just run, has inserted, changed or deleted.</summary>
    public int ChangedRows => raw.sqlite3_changes(_database);

    /// <summary>Runs it to its next row. When the rows have been read, <see cref="Reset"/> it.</summary>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="SqliteException">It failed; the transaction is to be rolled back.</exception>
    public bool Step()
    {
        var result = raw.sqlite3_step(_statement);
        if (result is raw.SQLITE_ROW or raw.SQLITE_DONE)
        {
            return result == raw.SQLITE_ROW;
        }

        SqliteException.ThrowExceptionForRC(result, _database);
        return false;
    }

    /// <summary>Makes it ready to run again; what is bound stays bound. The result of a failed run is not told again.</summary>
    public void Reset() => raw.sqlite3_reset(_statement);

    public long? Number(int column) => raw.sqlite3_column_type(_statement, column) == raw.SQLITE_NULL ? null : raw.sqlite3_column_int64(_statement, column);

    public string? Text(int column) => raw.sqlite3_column_type(_statement, column) == raw.SQLITE_NULL ? null : raw.sqlite3_column_text(_statement, column).utf8_to_string();

    public void Dispose() => _statement.Dispose();

    private void BindNull(int parameter)
    {
        if (_isBound[parameter])
        {
            _isBound[parameter] = false;
            Check(raw.sqlite3_bind_null(_statement, parameter));
        }
    }

    private void Check(int result) => SqliteException.ThrowExceptionForRC(result, _database);
}
