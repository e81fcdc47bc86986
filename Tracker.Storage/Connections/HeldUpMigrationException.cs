using Microsoft.Data.Sqlite;

namespace Tracker.Storage.Connections;

#pragma warning disable CA1032 // It is that of SQLite with more to say, and is made of nothing else.
/// <summary>The database has an earlier schema, and another program has it locked: most likely to bring it up to date. It is a lock as any other (<see cref="StorageFaults.IsLocked"/>).</summary>
public sealed class HeldUpMigrationException(string message, SqliteException locked) : SqliteException(message, locked.SqliteErrorCode, locked.SqliteExtendedErrorCode);
#pragma warning restore CA1032
