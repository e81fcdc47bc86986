using Microsoft.Data.Sqlite;
using Tracker.Storage.Usage;

namespace Tracker.Storage.Connections;

/// <summary>
/// Another program's SQLite file, for reading. It is never written to, no file is created beside it, and its program waits for nobody: each query is a
/// transaction of its own, so that even a long import holds back no checkpoint, and a locked file is left for the next pass.
/// </summary>
internal sealed class ClientDatabase : IDisposable
{
    // A writer of a rollback journal holds its lock for milliseconds. Whole seconds: see ADR 4.
    private const int WaitSeconds = 1;

    private readonly SqliteConnection _connection;
    private readonly ClientDatabaseFile _file;

    private ClientDatabase(SqliteConnection connection, ClientDatabaseFile file)
    {
        _connection = connection;
        _file = file;
    }

    /// <summary>Opens the file.</summary>
    /// <exception cref="IOException">It cannot be read now; the message says why. A <see cref="ClientDatabaseException"/> is among them.</exception>
    /// <exception cref="FormatException">It is no database, or damaged.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not read it.</exception>
    public static ClientDatabase Open(string path)
    {
        var file = ClientDatabaseFile.Examine(path);
        SqliteLibrary.Prepare();
        var settings = new SqliteConnectionStringBuilder { DataSource = file.Uri, Mode = SqliteOpenMode.ReadOnly, Pooling = false, DefaultTimeout = WaitSeconds };
#pragma warning disable RS0030 // The one place that opens files which are not Tracker's.
        var connection = new SqliteConnection(settings.ToString());
#pragma warning restore RS0030
        try
        {
            connection.Open();
            Statement.Run(connection, $"PRAGMA busy_timeout = {WaitSeconds * 1000}");
            Statement.Run(connection, "PRAGMA query_only = ON");
            return new ClientDatabase(connection, file);
        }
        catch (SqliteException exception)
        {
            connection.Dispose();
            throw ClientDatabaseException.From(exception);
        }
    }

    /// <summary>Runs a query to its end. What it returns is from one moment.</summary>
    /// <inheritdoc cref="Statement.Read{T}" path="/param"/>
    /// <exception cref="ClientDatabaseException">The file is locked, or was changed while it was read.</exception>
    /// <exception cref="FormatException">It is damaged, or has other tables.</exception>
    public IReadOnlyList<T> Query<T>(string sql, Func<Statement, T> read, Action<Statement>? bind = null)
    {
        List<T> rows;
        try
        {
            rows = Statement.Read(_connection, sql, read, bind);
        }
        catch (SqliteException exception)
        {
            throw _file.MayBeTorn() ? ChangedMeanwhile() : ClientDatabaseException.From(exception);
        }

        return _file.MayBeTorn() ? throw ChangedMeanwhile() : rows;
    }

    public void Dispose() => _connection.Dispose();

    private static ClientDatabaseException ChangedMeanwhile() => new("was written to by the program it belongs to while it was read");
}
