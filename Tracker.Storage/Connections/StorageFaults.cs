using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Tracker.Storage.Connections;

/// <summary>Tells a fault of the database, which passes or is repaired, from a fault of one record, which never will.</summary>
public static class StorageFaults
{
    // sqlite.org/rescode.html
    private static readonly int[] RecordFaults = [raw.SQLITE_TOOBIG, raw.SQLITE_CONSTRAINT, raw.SQLITE_MISMATCH, raw.SQLITE_RANGE];

    /// <summary>Locked, full, read-only, I/O error, gone, damaged: the records wait until the database can be written again.</summary>
    public static bool IsOfDatabase(Exception exception) =>
        exception is StorageException || (exception is SqliteException sqlite && !RecordFaults.Contains(sqlite.SqliteErrorCode));

    /// <summary>Damaged, no database at all, or from a newer Tracker: trying again would fail again, or make it worse.</summary>
    public static bool IsLasting(Exception exception) => exception is UnusableDatabaseException || IsDamaged(exception);

    /// <summary>Damaged, or no database at all.</summary>
    internal static bool IsDamaged(Exception exception) => exception is SqliteException { SqliteErrorCode: raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB };

    /// <summary>The disk is full: SQLITE_FULL, or at opening SQLITE_IOERR_SHMSIZE, which has hardly another cause.</summary>
    public static bool IsFull(Exception exception) => exception is SqliteException { SqliteErrorCode: raw.SQLITE_FULL } or SqliteException { SqliteExtendedErrorCode: raw.SQLITE_IOERR_SHMSIZE };

    /// <summary>Another connection has held a lock for longer than <see cref="StorageOptions.BusyTimeout"/>.</summary>
    public static bool IsLocked(Exception exception) => exception is SqliteException { SqliteErrorCode: raw.SQLITE_BUSY or raw.SQLITE_LOCKED };
}
