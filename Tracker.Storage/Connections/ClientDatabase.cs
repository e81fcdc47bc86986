using Microsoft.Data.Sqlite;

namespace Tracker.Storage.Connections;

/// <summary>
/// Opens a database that belongs to another program. Nothing of it is ever changed: the connection can only read, waits a moment for its owner and no longer. Read in short
/// queries, because a long one keeps the owner's log from being emptied.
/// </summary>
public static class ClientDatabase
{
    private const int SecondsToWait = 1;

    /// <exception cref="SqliteException">It does not exist or cannot be opened.</exception>
    public static SqliteConnection OpenReadOnly(string path)
    {
        var connectionString = new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadOnly, Pooling = false, DefaultTimeout = SecondsToWait };
#pragma warning disable RS0030 // The rule is about tracker.db.
        var connection = new SqliteConnection(connectionString.ToString());
#pragma warning restore RS0030
        try
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA query_only = ON; PRAGMA busy_timeout = 1000";
            command.ExecuteNonQuery();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
