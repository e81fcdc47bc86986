using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Tracker.Storage.Usage;

/// <summary>
/// A prepared statement whose parameters are bound by position. Microsoft.Data.Sqlite looks each parameter up by its name and boxes its value on
/// every execution; with the merge's forty columns that cost more than storing the row. Used by one thread.
/// </summary>
internal sealed class Statement : IDisposable
{
    private const int LongestKept = 240;

    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;

    private readonly nint _handle;
    private readonly nint _databaseHandle;

    // Where texts are while they are bound, a place for each parameter: SQLite need not copy them.
    private unsafe byte* _texts;

    // SQLite keeps what is bound, and of a row's forty columns most are those of the row before: they are not bound again.
    private readonly Bound[] _bound;

    /// <param name="connection">An open connection, which must outlive the statement.</param>
    /// <param name="sql">One statement, with its parameters as <c>?1</c>, <c>?2</c> …</param>
    /// <exception cref="SqliteException">It cannot be prepared.</exception>
    public Statement(SqliteConnection connection, string sql)
    {
        _database = connection.Handle!;
        Check(raw.sqlite3_prepare_v2(_database, sql, out _statement));
        _handle = _statement.DangerousGetHandle();
        _databaseHandle = _database.DangerousGetHandle();
        _bound = new Bound[raw.sqlite3_bind_parameter_count(_statement) + 1];
    }

    public void Bind(int parameter, long? value)
    {
        if (value is not { } number)
        {
            BindNull(parameter);
            return;
        }

        ref var bound = ref _bound[parameter];
        if (bound.Kind == BoundKind.Number && bound.Number == number)
        {
            return;
        }

        bound = default; // What is bound goes first, whatever comes of this.
        Check(NativeStatement.BindInt64(_handle, parameter, number));
        bound = new Bound(BoundKind.Number, number, null);
    }

    /// <summary>Binds a parameter by its name, with the sign before it, if the statement has it.</summary>
    public void Bind(string parameter, long? value)
    {
        if (raw.sqlite3_bind_parameter_index(_statement, parameter) is > 0 and var index)
        {
            Bind(index, value);
        }
    }

    /// <inheritdoc cref="Bind(string, long?)"/>
    public void Bind(string parameter, string? value)
    {
        if (raw.sqlite3_bind_parameter_index(_statement, parameter) is > 0 and var index)
        {
            Bind(index, value);
        }
    }

    public void BindReal(int parameter, double value)
    {
        Check(NativeStatement.BindDouble(_handle, parameter, value));
        _bound[parameter] = new Bound(BoundKind.Real, 0, null);
    }

    public void Bind(int parameter, string? value)
    {
        if (value is null)
        {
            BindNull(parameter);
            return;
        }

        ref var bound = ref _bound[parameter];
        if (bound.Kind == BoundKind.Text && bound.Text == value)
        {
            return;
        }

        bound = default;
        if (value.Length <= LongestKept / 3)
        {
            BindKept(parameter, value);
        }
        else
        {
            BindCopied(parameter, value);
        }

        bound = new Bound(BoundKind.Text, 0, value);
    }

    /// <summary>Runs one statement. For what every start and every pass does, since Dapper takes a tenth of a second to begin, and for all that the importer does: see <see cref="Read{T}"/>.</summary>
    /// <param name="connection">An open connection.</param>
    /// <param name="sql">One statement.</param>
    /// <param name="bind">Binds its parameters.</param>
    /// <returns>How many rows it has inserted, changed or deleted, if that is what it does.</returns>
    /// <exception cref="SqliteException">It failed.</exception>
    public static int Run(SqliteConnection connection, string sql, Action<Statement>? bind = null)
    {
        using var statement = new Statement(connection, sql);
        bind?.Invoke(statement);
        statement.Run();
        return statement.ChangedRows;
    }

    /// <summary>
    /// Reads all rows of a query. Dapper makes the code that binds parameters and reads rows when it runs, which the importer cannot do where it is compiled to native code
    /// (docs/adr/0021-native-importer.md).
    /// </summary>
    /// <param name="connection">An open connection.</param>
    /// <param name="sql">One query.</param>
    /// <param name="read">Makes something of the row that the statement is at.</param>
    /// <param name="bind">Binds its parameters.</param>
    /// <exception cref="SqliteException">It failed.</exception>
    public static List<T> Read<T>(SqliteConnection connection, string sql, Func<Statement, T> read, Action<Statement>? bind = null)
    {
        using var statement = new Statement(connection, sql);
        bind?.Invoke(statement);
        var rows = new List<T>();
        while (statement.Step())
        {
            rows.Add(read(statement));
        }

        return rows;
    }

    /// <summary>The number in the first column of the first row; null when it is null, or there is no row.</summary>
    /// <inheritdoc cref="Run(SqliteConnection, string, Action{Statement}?)" path="/param"/>
    /// <exception cref="SqliteException">It failed.</exception>
    public static long? ReadNumber(SqliteConnection connection, string sql, Action<Statement>? bind = null)
    {
        using var statement = new Statement(connection, sql);
        bind?.Invoke(statement);
        return statement.Step() ? statement.Number(0) : null;
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
    public long? InsertedId => ChangedRows > 0 ? NativeStatement.LastInsertRowId(_databaseHandle) : null;

    /// <summary>How many rows this statement, having just run, has inserted, changed or deleted.</summary>
    public int ChangedRows => NativeStatement.Changes(_databaseHandle);

    /// <summary>Runs it to its next row. When the rows have been read, <see cref="Reset"/> it.</summary>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="SqliteException">It failed; the transaction is to be rolled back.</exception>
    public bool Step()
    {
        var result = NativeStatement.Step(_handle);
        if (result is raw.SQLITE_ROW or raw.SQLITE_DONE)
        {
            return result == raw.SQLITE_ROW;
        }

        SqliteException.ThrowExceptionForRC(result, _database);
        return false;
    }

    /// <summary>Makes it ready to run again; what is bound stays bound. The result of a failed run is not told again.</summary>
    public void Reset() => _ = NativeStatement.Reset(_handle);

    /// <summary>A number that cannot be null.</summary>
    public long Integer(int column) => NativeStatement.ColumnInt64(_handle, column);

    public long? Number(int column) => NativeStatement.ColumnType(_handle, column) == raw.SQLITE_NULL ? null : NativeStatement.ColumnInt64(_handle, column);

    public double? Real(int column) => NativeStatement.ColumnType(_handle, column) == raw.SQLITE_NULL ? null : raw.sqlite3_column_double(_statement, column);

    public string? Text(int column) => NativeStatement.ColumnType(_handle, column) == raw.SQLITE_NULL ? null : Encoding.UTF8.GetString(Utf8(column));

    /// <summary>A text until the next step; empty for null.</summary>
    public unsafe ReadOnlySpan<byte> Utf8(int column)
    {
        var text = NativeStatement.ColumnText(_handle, column);
        return text is null ? default : new ReadOnlySpan<byte>(text, NativeStatement.ColumnBytes(_handle, column));
    }

    public unsafe void Dispose()
    {
        _statement.Dispose();
        NativeMemory.Free(_texts);
        _texts = null;
    }

    // Of at most a third of the place's bytes, so that its text fits whatever it is.
    private unsafe void BindKept(int parameter, string value)
    {
        if (_texts is null)
        {
            _texts = (byte*)NativeMemory.Alloc((nuint)_bound.Length, LongestKept);
        }

        var place = new Span<byte>(_texts + (parameter * LongestKept), LongestKept);
        Check(NativeStatement.BindText(_handle, parameter, place, Encoding.UTF8.GetBytes(value, place), NativeStatement.StaysWhereItIs));
    }

    private void BindCopied(int parameter, string value)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(value.Length));
        try
        {
            Check(NativeStatement.BindText(_handle, parameter, buffer, Encoding.UTF8.GetBytes(value, buffer), NativeStatement.MakesCopy));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void BindNull(int parameter)
    {
        if (_bound[parameter].Kind != BoundKind.Null)
        {
            Check(NativeStatement.BindNull(_handle, parameter));
            _bound[parameter] = default;
        }
    }

    private void Check(int result)
    {
        if (result != raw.SQLITE_OK)
        {
            SqliteException.ThrowExceptionForRC(result, _database);
        }
    }

    private enum BoundKind : byte
    {
        /// <summary>So a statement begins.</summary>
        Null,
        Number,
        Real,
        Text,
    }

    private readonly record struct Bound(BoundKind Kind, long Number, string? Text);
}
