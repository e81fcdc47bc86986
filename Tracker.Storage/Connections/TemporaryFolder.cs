using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;

namespace Tracker.Storage.Connections;

/// <summary>Where SQLite puts its temporary files: on Unix SQLITE_TMPDIR, TMPDIR, /var/tmp or /tmp, whichever can be written first (sqlite.org/tempfiles.html), which is not .NET's choice.</summary>
internal static partial class TemporaryFolder
{
    private const int FileControlTempFileName = 16; // SQLITE_FCNTL_TEMPFILENAME, sqlite.org/c3ref/c_fcntl_begin_atomic_write.html

    /// <summary>As SQLite itself tells.</summary>
    public static string Of(SqliteConnection connection)
    {
        nint name = 0;
        _ = FileControl(connection.Handle!.DangerousGetHandle(), "main", FileControlTempFileName, ref name);
        try
        {
            return Marshal.PtrToStringUTF8(name) is { Length: > 0 } path ? Path.GetDirectoryName(Path.GetFullPath(path))! : Path.GetTempPath();
        }
        finally
        {
            Free(name);
        }
    }

    [LibraryImport("e_sqlite3", EntryPoint = "sqlite3_file_control", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int FileControl(nint database, string schema, int operation, ref nint answer);

    [LibraryImport("e_sqlite3", EntryPoint = "sqlite3_free")]
    private static partial void Free(nint memory);
}
