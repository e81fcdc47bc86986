using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;
using Tracker.Storage.Hosting;

namespace Tracker.Storage.Connections;

/// <summary>
/// Notices that the files of an open database were deleted, replaced or emptied. SQLite itself goes on without an error, into a file that has no name any more.
/// </summary>
internal static partial class MovedDatabase
{
    private const int FileControlPersistWal = 10; // SQLITE_FCNTL_PERSIST_WAL
    private const int FileControlHasMoved = 20; // SQLITE_FCNTL_HAS_MOVED, sqlite.org/c3ref/c_fcntl_begin_atomic_write.html

    /// <summary>Which files the log and its index are. The connection must have written in WAL mode: from then on they are there until it is closed.</summary>
    public static SideFiles SideFilesOf(SqliteConnection connection) => new(InodeOf(LogPath(connection)), InodeOf(IndexPath(connection)));

    /// <summary>Asks the file system only, and opens nothing.</summary>
    /// <param name="connection">An open one.</param>
    /// <param name="known">What <see cref="SideFilesOf"/> told when it had written, because the next connection that is opened makes others of the same names; null: it has not written yet.</param>
    public static bool HasMoved(SqliteConnection connection, SideFiles? known)
    {
        var answer = 0;
        var result = FileControl(connection.Handle!.DangerousGetHandle(), "main", FileControlHasMoved, ref answer);
        return (result == 0 && answer != 0) || IsEmpty(connection)
            || (known is not null && (!File.Exists(LogPath(connection)) || !File.Exists(IndexPath(connection)) || SideFilesOf(connection) != known));
    }

    /// <summary>
    /// Empties the log, which is still beside the new file if only the database was replaced and would be read into it; and lets SQLite not
    /// delete, as it does with the last connection, what may be the new file's log.
    /// </summary>
    /// <inheritdoc cref="HasMoved" path="/param"/>
    public static void Leave(SqliteConnection connection, SideFiles? known)
    {
        // An empty file is a new database to SQLite, which then ignores a log. Half of the old pages would make it a damaged one. And the locks of the log are in its index: where that is
        // another file, another process may be writing the log, and what this one took for its end is none any more.
        if (!IsEmpty(connection) && (known is null || InodeOf(IndexPath(connection)) == known.Index))
        {
            WalCheckpoint.Truncate(connection, WalCheckpoint.ShortWait);
        }

        // The last connection would copy the log as it is closed: into an emptied file, which is the same one still, that is half of the old pages as well.
        SqliteLibrary.KeepFromCheckpointing(connection);
        var keepLog = 1;
        FileControl(connection.Handle!.DangerousGetHandle(), "main", FileControlPersistWal, ref keepLog);
    }

    private static string LogPath(SqliteConnection connection) => connection.DataSource + "-wal";

    private static string IndexPath(SqliteConnection connection) => connection.DataSource + "-shm";

    // Null where the system does not tell; Windows deletes no open file.
    private static ulong? InodeOf(string path) => FileStatus.Of(path)?.Inode;

    private static bool IsEmpty(SqliteConnection connection) => new FileInfo(connection.DataSource) is { Exists: true, Length: 0 };

    [LibraryImport("e_sqlite3", EntryPoint = "sqlite3_file_control", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int FileControl(nint database, string schema, int operation, ref int answer);

    /// <summary>The files beside a database.</summary>
    internal sealed record SideFiles(ulong? Log, ulong? Index);
}
