using Microsoft.Data.Sqlite;

namespace Tracker.Storage.Connections;

/// <summary>A consistent copy of a database, beside it, made before its schema is changed.</summary>
internal static class DatabaseBackup
{
    /// <summary>Where the copy of a database with that schema is put.</summary>
    public static string PathOf(string databasePath, int version) => $"{databasePath}.schema-{version}.backup";

    /// <summary>
    /// Copies what is committed; a copy of the same name is replaced. Another connection may hold the write lock, so that nothing is committed
    /// between the copy and what it is made for.
    /// </summary>
    /// <exception cref="StorageException">There is no room, or the folder cannot be written. The database is as it was.</exception>
    public static void Make(SqliteConnection connection, string databasePath, int version)
    {
        var target = PathOf(databasePath, version);
        try
        {
            DatabaseCopy.Make(connection, target, overwrite: true);
        }
        catch (Exception exception) when (exception is SqliteException or IOException or UnauthorizedAccessException)
        {
            throw new StorageException(
                $"The database {databasePath} has to be brought to a new schema, and the copy that is made first cannot be written to {target}: {exception.Message} The database is as it was. Make room for a copy of it, and start again.",
                exception);
        }
    }
}
