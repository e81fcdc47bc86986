using SQLitePCL;

namespace Tracker.Storage.Connections;

/// <summary>Settings of SQLite that hold for the whole process. They are made before its first connection, or not at all.</summary>
internal static class SqliteLibrary
{
    private const int ConfigMemoryStatus = 9; // SQLITE_CONFIG_MEMSTATUS, sqlite.org/c3ref/c_config_covering_index_scan.html

    static SqliteLibrary()
    {
        Batteries_V2.Init();
        // Nobody asks how much memory SQLite has; counting it takes a lock for every allocation. That it is too late is no fault.
        _ = raw.sqlite3_config(ConfigMemoryStatus, 0);
    }

    /// <summary>To be called before a connection is opened.</summary>
    public static void Prepare()
    {
        // The first use of this class has done it.
    }
}
