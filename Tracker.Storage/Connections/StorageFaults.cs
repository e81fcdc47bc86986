using Microsoft.Data.Sqlite;

namespace Tracker.Storage.Connections;

/// <summary>Tells a fault of the database, which passes or is repaired, from a fault of one record, which never will.</summary>
public static class StorageFaults
{
    // SQLITE_TOOBIG, SQLITE_CONSTRAINT, SQLITE_MISMATCH, SQLITE_RANGE (sqlite.org/rescode.html).
    private static readonly int[] RecordFaults = [18, 19, 20, 25];

    /// <summary>Locked, full, read-only, I/O error, gone, damaged: the records wait until the database can be written again.</summary>
    public static bool IsOfDatabase(Exception exception) =>
        exception is StorageException || (exception is SqliteException sqlite && !RecordFaults.Contains(sqlite.SqliteErrorCode));

    /// <summary>Damaged, no database at all, or from a newer Tracker: trying again would fail again, or make it worse.</summary>
    public static bool IsLasting(Exception exception) => exception is UnusableDatabaseException or SqliteException { SqliteErrorCode: 11 or 26 };

    /// <summary>The disk is full: SQLITE_FULL, or at opening SQLITE_IOERR_SHMSIZE, which has hardly another cause.</summary>
    public static bool IsFull(Exception exception) => exception is SqliteException { SqliteErrorCode: 13 } or SqliteException { SqliteExtendedErrorCode: 4874 };

    /// <summary>Another connection has held a lock for longer than <see cref="StorageOptions.BusyTimeout"/>.</summary>
    public static bool IsLocked(Exception exception) => exception is SqliteException { SqliteErrorCode: 5 or 6 };
}
