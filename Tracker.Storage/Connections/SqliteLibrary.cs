using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Tracker.Storage.Connections;

/// <summary>Settings of SQLite that hold for the whole process. They are made before its first connection, or not at all.</summary>
internal static class SqliteLibrary
{
    private const int ConfigMemoryStatus = 9; // SQLITE_CONFIG_MEMSTATUS, sqlite.org/c3ref/c_config_covering_index_scan.html

    private const int ConfigLookaside = 1001; // SQLITE_DBCONFIG_LOOKASIDE, sqlite.org/c3ref/c_dbconfig_defensive.html
    private const int ConfigNoCheckpointOnClose = 1006; // SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, same page
    private const int LookasideBytes = 1200; // as SQLite's own
    private const int LookasidePlaces = 200;

    static SqliteLibrary()
    {
        Batteries_V2.Init();
        // Nobody asks how much memory SQLite has; counting it takes a lock for every allocation. That it is too late is no fault.
        _ = raw.sqlite3_config(ConfigMemoryStatus, 0);
    }

    /// <summary>
    /// Gives a connection that writes many rows places for what a statement needs while it runs. SQLite's own 40 are taken by prepared statements; eight times a row it asked the
    /// system for memory then. To be called before its first statement.
    /// </summary>
    public static void GiveRoom(SqliteConnection connection) => _ = raw.sqlite3_db_config(connection.Handle!, ConfigLookaside, IntPtr.Zero, LookasideBytes, LookasidePlaces);

    /// <summary>Makes a connection leave the log as it is, also when it is the last one to be closed.</summary>
    public static void KeepFromCheckpointing(SqliteConnection connection) => _ = raw.sqlite3_db_config(connection.Handle!, ConfigNoCheckpointOnClose, 1, out _);

    /// <summary>To be called before a connection is opened.</summary>
    public static void Prepare()
    {
        // The first use of this class has done it.
    }
}
