using Microsoft.Data.Sqlite;

namespace Tracker.Storage.Connections;

/// <summary>
/// Keeps the WAL file small. Two busy writers keep SQLite's own checkpoint from ever resetting the log (4.3 GB were measured for a
/// database of 346 MB), so whoever writes much checkpoints explicitly.
/// </summary>
internal static class WalCheckpoint
{
    /// <summary>Copies the log into the database and truncates it. While a reader or writer uses the log it stays for the next time.</summary>
    /// <returns><see langword="true"/> when the log is empty now.</returns>
    public static bool Truncate(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA wal_checkpoint(TRUNCATE)";
        using var reader = command.ExecuteReader();
        return reader.Read() && reader.GetInt64(0) == 0;
    }
}
