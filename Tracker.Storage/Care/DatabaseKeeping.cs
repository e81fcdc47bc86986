using System.Globalization;
using Microsoft.Data.Sqlite;
using Tracker.Storage.Connections;
using Tracker.Storage.Hosting;
using Tracker.Storage.Schema;
using Tracker.Storage.Usage;

namespace Tracker.Storage.Care;

/// <summary>Copies a database while it is in use, and gives back the room of what was deleted from it.</summary>
public sealed class DatabaseKeeping(TrackerConnectionFactory connections)
{
    private static readonly TimeSpan CheckpointWait = TimeSpan.FromSeconds(1);

    /// <summary>Copies what is committed at this moment to a file that only its owner can read. Nobody waits for it.</summary>
    /// <param name="target">An absolute path.</param>
    /// <param name="overwrite">Whether a file of that name is replaced.</param>
    /// <returns>The copy's calls and bytes; it was read back, and is sound.</returns>
    /// <exception cref="StorageException">The copy could not be made; the message says why. A file of that name is as it was.</exception>
    public (long Calls, long Bytes) Backup(string target, bool overwrite)
    {
        var calls = 0L;
        using var signals = new UnfinishedFile(target);
        try
        {
            // As it is: a copy before an upgrade is wanted with the schema from before.
            using var connection = connections.OpenAsItIs(connections.DatabasePath, SqliteOpenMode.ReadWrite);
            Migrations.RequireOwn(connection, connections.DatabasePath);
            DatabaseCopy.Make(connection, target, overwrite, copy => calls = Check(copy));
            return (calls, DatabaseFile.LengthOf(target));
        }
        catch (Exception exception) when (exception is SqliteException or IOException or UnauthorizedAccessException or FormatException)
        {
            throw new StorageException($"The copy {target} could not be made: {exception.Message}", exception);
        }
    }

    /// <summary>Bytes of the database's pages that are in use, and of those that hold nothing.</summary>
    /// <exception cref="StorageException">The database cannot be used.</exception>
    /// <exception cref="SqliteException">The database cannot be read.</exception>
    public (long Used, long Free) Measure()
    {
        using var connection = connections.OpenReadOnly();
        var (page, count, free) = (Number("PRAGMA page_size"), Number("PRAGMA page_count"), Number("PRAGMA freelist_count"));
        return ((count - free) * page, free * page);

        long Number(string sql) => Statement.ReadNumber(connection, sql) ?? 0;
    }

    /// <summary>Writes the database anew without the pages that hold nothing. Others can read meanwhile, and wait to write.</summary>
    /// <returns>The file's bytes before and after.</returns>
    /// <exception cref="StorageException">There is no room for it.</exception>
    /// <exception cref="SqliteException">It is locked for longer than the busy timeout, or cannot be written. It is as it was.</exception>
    public (long Before, long After) Vacuum()
    {
        var (used, _) = Measure();
        using var connection = connections.Open();
        WalCheckpoint.Truncate(connection, CheckpointWait);
        var before = connections.DatabaseBytes;
        RequireRoom(used, TemporaryFolder.Of(connection));
        Statement.Run(connection, "VACUUM");
        // The new pages are all in the log until now.
        WalCheckpoint.Truncate(connection, CheckpointWait);
        return (before, connections.DatabaseBytes);
    }

    private static long Check(string copy)
    {
        using var database = ClientDatabase.Open(copy); // Which leaves no log beside it.
        var found = database.Query("PRAGMA integrity_check(1)", row => row.Text(0)).Single();
        return found == "ok" ? database.Query("SELECT count(*) FROM usage", row => row.Integer(0)).Single() : throw new IOException($"it was read back, and is damaged as the database itself is: {found}");
    }

    // SQLite writes the new pages to a temporary file, and then all of them to the log.
    private void RequireRoom(long used, string temporaryFolder)
    {
        foreach (var disk in new[] { connections.DataDirectory, temporaryFolder }.GroupBy(DiskOf))
        {
            var (folder, needed) = (disk.First(), disk.Count() * used);
            if (DatabaseCopy.FreeBytes(folder) is { } free && free < needed)
            {
                throw new StorageException($"The database cannot be written anew: {needed} bytes are needed on the disk of {folder}, and {free} are free. It is as it was.");
            }
        }
    }

    // Of a drive's name .NET makes on Unix the path that was asked for.
    private static string DiskOf(string folder) => FileStatus.Of(folder) is { } status ? status.Device.ToString(CultureInfo.InvariantCulture) : Path.GetPathRoot(Path.GetFullPath(folder))!;
}
