using Microsoft.Data.Sqlite;
using Tracker.Storage.Connections;

namespace Tracker.Proxy.Recording;

/// <summary>Tells a fault of the database, which passes or is repaired, from a fault of one record, which never will.</summary>
internal static class StorageFaults
{
    // SQLITE_TOOBIG, SQLITE_CONSTRAINT, SQLITE_MISMATCH, SQLITE_RANGE (sqlite.org/rescode.html).
    private static readonly int[] RecordFaults = [18, 19, 20, 25];

    /// <summary>Locked, full, read-only, I/O error, gone, damaged: the records wait until the database can be written again.</summary>
    public static bool IsOfDatabase(Exception exception) =>
        exception is StorageException || (exception is SqliteException sqlite && !RecordFaults.Contains(sqlite.SqliteErrorCode));
}
