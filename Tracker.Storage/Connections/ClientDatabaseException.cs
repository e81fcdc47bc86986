using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Tracker.Storage.Connections;

/// <summary>Another program's database cannot be read now; it is tried again in the next pass. The message says why, and reads on from the file's name.</summary>
public sealed class ClientDatabaseException : IOException
{
    public ClientDatabaseException(string message)
        : base(message)
    {
    }

    public ClientDatabaseException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public ClientDatabaseException()
    {
    }

    /// <summary>What SQLite's refusal means for somebody who only wants the file read (sqlite.org/rescode.html).</summary>
    /// <returns>One of these for what may pass; a <see cref="FormatException"/> for what stays until the file changes.</returns>
    internal static Exception From(SqliteException exception) => exception.SqliteErrorCode switch
    {
        raw.SQLITE_ERROR => new FormatException($"has not the tables that are known here ({exception.Message})", exception),
        raw.SQLITE_CORRUPT => new FormatException("is damaged: SQLite finds that its pages contradict each other", exception),
        raw.SQLITE_NOTADB => new FormatException("is not an SQLite database, or an encrypted one", exception),
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED => new ClientDatabaseException("is locked by the program it belongs to", exception),
        raw.SQLITE_READONLY => new ClientDatabaseException("was left in the middle of a write; start the program it belongs to once", exception),
        _ => new ClientDatabaseException($"cannot be read by SQLite ({exception.Message})", exception),
    };
}
