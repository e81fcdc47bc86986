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

    /// <summary>Which file the log is. The connection must have written in WAL mode: from then on the file is there until it is closed.</summary>
    /// <returns>Null where the system does not tell; Windows deletes no open file.</returns>
    public static ulong? LogOf(SqliteConnection connection) => FileStatus.Of(LogPath(connection))?.Inode;

    /// <summary>Asks the file system only, and opens nothing.</summary>
    /// <param name="connection">One that has written.</param>
    /// <param name="log">What <see cref="LogOf"/> told then: when the log is deleted, the next connection that is opened makes another of the same name.</param>
    public static bool HasMoved(SqliteConnection connection, ulong? log)
    {
        var answer = 0;
        var result = FileControl(connection.Handle!.DangerousGetHandle(), "main", FileControlHasMoved, ref answer);
        return (result == 0 && answer != 0) || !File.Exists(LogPath(connection)) || LogOf(connection) != log || IsEmpty(connection);
    }

    /// <summary>
    /// Empties the log, which is still beside the new file if only the database was replaced and would be read into it; and lets SQLite not
    /// delete, as it does with the last connection, what may be the new file's log.
    /// </summary>
    public static void Leave(SqliteConnection connection)
    {
        // An empty file is a new database to SQLite, which then ignores a log. Half of the old pages would make it a damaged one.
        if (!IsEmpty(connection))
        {
            WalCheckpoint.Truncate(connection, TimeSpan.FromMilliseconds(100));
        }

        // The last connection would copy the log as it is closed: into an emptied file, which is the same one still, that is half of the old pages as well.
        SqliteLibrary.KeepFromCheckpointing(connection);
        var keepLog = 1;
        FileControl(connection.Handle!.DangerousGetHandle(), "main", FileControlPersistWal, ref keepLog);
    }

    private static string LogPath(SqliteConnection connection) => connection.DataSource + "-wal";

    private static bool IsEmpty(SqliteConnection connection) => new FileInfo(connection.DataSource) is { Exists: true, Length: 0 };

    [LibraryImport("e_sqlite3", EntryPoint = "sqlite3_file_control", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int FileControl(nint database, string schema, int operation, ref int answer);
}
