using Microsoft.Data.Sqlite;
using Tracker.Storage.Hosting;
using Tracker.Storage.Usage;

namespace Tracker.Storage.Connections;

/// <summary>Copies a database as it is at one moment into a new file, which has its name only when it is whole.</summary>
internal static class DatabaseCopy
{
    /// <summary>Writes the copy beside its name, lets it be looked at, and then gives it its name.</summary>
    /// <param name="connection">Outside a transaction; it need not be allowed to write. Others may write meanwhile: the copy has what was committed when it began.</param>
    /// <param name="target">An absolute path.</param>
    /// <param name="overwrite">Whether a file of that name is replaced.</param>
    /// <param name="check">Looks at the file, and throws if it is not as it should be.</param>
    /// <exception cref="IOException">There is no room, the folder cannot be written, or there is a file of that name.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be written.</exception>
    /// <exception cref="SqliteException">The database cannot be read, or the copy not written.</exception>
    public static void Make(SqliteConnection connection, string target, bool overwrite, Action<string>? check = null)
    {
        var unfinished = UnfinishedFile.PathOf(target);
        try
        {
            OwnerOnlyDirectory.Create(Path.GetDirectoryName(target)!);
            RequireRoom(connection, Path.GetDirectoryName(target)!);
            File.Delete(unfinished);
            DatabaseFile.EnsureExists(unfinished); // Empty, and for its owner only: SQLite fills it.
            Statement.Run(connection, "VACUUM INTO ?1", statement => statement.Bind(1, unfinished));
            FlushToDisk(unfinished);
            check?.Invoke(unfinished);
            File.Move(unfinished, target, overwrite);
        }
        catch
        {
            UnfinishedFile.Discard(target);
            throw;
        }
    }

    // Filling the disk to find that out would be in everybody's way.
    private static void RequireRoom(SqliteConnection connection, string folder)
    {
        var needed = Statement.ReadNumber(connection, "PRAGMA page_count") * Statement.ReadNumber(connection, "PRAGMA page_size");
        if (FreeBytes(folder) is { } free && free < needed)
        {
            throw new IOException($"{needed} bytes are needed and {free} are free.");
        }
    }

    /// <returns>Null where that cannot be told: a share of Windows by its network name, and file systems without a size.</returns>
    public static long? FreeBytes(string folder)
    {
        try
        {
            var drive = new DriveInfo(folder);
            return drive.TotalSize > 0 ? drive.AvailableFreeSpace : null;
        }
        catch (Exception exception) when (exception is ArgumentException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // SQLite does not wait for the disk when it writes a copy.
    private static void FlushToDisk(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
        file.Flush(flushToDisk: true);
    }
}
