using System.Globalization;
using Microsoft.Data.Sqlite;
using Tracker.Storage.Usage;

namespace Tracker.Storage.Connections;

/// <summary>
/// Keeps the WAL file small. Two busy writers, or a reader at every moment, keep SQLite's own checkpoint from ever resetting the log (4.3 GB were
/// measured for a database of 346 MB), so whoever writes checkpoints explicitly.
/// </summary>
internal static class WalCheckpoint
{
    /// <summary>Bytes of a log that whoever writes beside a proxy empties: SQLite's own checkpoint never would.</summary>
    public const long Large = 12 * 1024 * 1024;

    /// <summary>Queries of the dashboard end within this; a longer reader is not worth standing still for.</summary>
    public static readonly TimeSpan ShortWait = TimeSpan.FromMilliseconds(100);

    /// <summary>Bytes of a database's log. Only the length is asked for: opening the file would drop the locks that SQLite holds in this process.</summary>
    public static long LengthOfLog(string databasePath) => new FileInfo(databasePath + "-wal") is { Exists: true } log ? log.Length : 0;

    /// <summary>Copies what is in the log into the database, as far as readers allow, and waits for nobody.</summary>
    /// <exception cref="SqliteException">The database cannot be written.</exception>
    public static void Copy(SqliteConnection connection) => Statement.Run(connection, "PRAGMA wal_checkpoint(PASSIVE)");

    /// <summary>Copies the log into the database and truncates it.</summary>
    /// <param name="connection">One that may write, outside a transaction.</param>
    /// <param name="wait">How long to wait for readers and writers that use the log.</param>
    /// <returns><see langword="true"/> when the log is empty now; it was in use all the time otherwise.</returns>
    public static bool Truncate(SqliteConnection connection, TimeSpan wait)
    {
        var before = Statement.ReadNumber(connection, "PRAGMA busy_timeout");
        Statement.Run(connection, string.Create(CultureInfo.InvariantCulture, $"PRAGMA busy_timeout = {(long)wait.TotalMilliseconds}"));
        try
        {
            // Being busy is a value in the answer here, not an error.
            return Statement.ReadNumber(connection, "PRAGMA wal_checkpoint(TRUNCATE)") == 0;
        }
        finally
        {
            Statement.Run(connection, string.Create(CultureInfo.InvariantCulture, $"PRAGMA busy_timeout = {before}"));
        }
    }

    /// <summary>Truncates a log that is <see cref="Large"/>, if others let it within <see cref="ShortWait"/>.</summary>
    /// <param name="connection">One that may write, outside a transaction.</param>
    /// <exception cref="SqliteException">The database cannot be written.</exception>
    public static void TruncateIfLarge(SqliteConnection connection)
    {
        if (LengthOfLog(connection.DataSource) > Large)
        {
            Truncate(connection, ShortWait);
        }
    }
}
