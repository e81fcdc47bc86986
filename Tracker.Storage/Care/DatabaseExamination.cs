using System.Globalization;
using Dapper;
using Microsoft.Data.Sqlite;
using SQLitePCL;
using Tracker.Storage.Connections;
using Tracker.Storage.Imports;
using Tracker.Storage.Pricing;
using Tracker.Storage.Schema;

namespace Tracker.Storage.Care;

/// <summary>Looks at a database of which nothing is known yet. It creates, migrates and repairs nothing.</summary>
public sealed class DatabaseExamination(TrackerConnectionFactory connections)
{
    /// <summary>Models without a price that are looked up; there may be more.</summary>
    public const int MostUnpricedModels = 50;

    /// <summary>What is wrong with the database's file. Reads all of it.</summary>
    public DatabaseCondition Examine() => Examine(connections.DatabasePath);

    /// <inheritdoc cref="Examine()"/>
    /// <param name="path">A database that need not be the one of the settings.</param>
    public DatabaseCondition Examine(string path)
    {
        var file = new FileInfo(path);
        var condition = new DatabaseCondition
        {
            Path = path,
            Fault = DatabaseFault.None,
            Bytes = DatabaseFile.LengthOf(path),
            WalBytes = WalCheckpoint.LengthOfLog(path),
            Copies = DatabaseBackup.Find(path),
            Mode = OperatingSystem.IsWindows() || !file.Exists ? null : file.UnixFileMode,
        };
        if (!file.Exists)
        {
            return condition with { Fault = DatabaseFault.Missing };
        }

        condition = Read(condition);
        return condition.Fault == DatabaseFault.None ? TryToLock(condition) : condition;
    }

    /// <summary>What is in the database. It must be of this version.</summary>
    /// <param name="since">The beginning of the time in which providers and clients count as used.</param>
    /// <param name="now">What is later comes from the future.</param>
    /// <exception cref="SqliteException">It cannot be read.</exception>
    /// <exception cref="StorageException">It cannot be opened.</exception>
    public DatabaseFacts ReadFacts(DateTimeOffset since, DateTimeOffset now)
    {
        using var connection = connections.OpenAsItIs(connections.DatabasePath, SqliteOpenMode.ReadOnly);
        var (sinceMs, nowMs) = (since.ToUnixTimeMilliseconds(), now.ToUnixTimeMilliseconds());
        return new DatabaseFacts
        {
            Calls = connection.ExecuteScalar<long>("SELECT count(*) FROM usage"),
            Providers = [.. connection.Query<(string Name, long LastAtMs)>("""
                SELECT provider, max(occurred_at_ms)
                FROM   usage
                WHERE  occurred_at_ms >= @sinceMs AND evidence & 1 AND provider IS NOT NULL
                GROUP  BY provider
                ORDER  BY 2 DESC
                """, new { sinceMs }).Select(row => new SeenName(row.Name, Time(row.LastAtMs)!.Value))],
            Clients = [.. connection.Query<(string Name, long? OnWireMs, long? InLogsMs)>("""
                SELECT client, max(CASE WHEN evidence & 1 THEN occurred_at_ms END), max(CASE WHEN evidence & 2 THEN occurred_at_ms END)
                FROM   usage
                WHERE  occurred_at_ms >= @sinceMs AND client IS NOT NULL
                GROUP  BY client
                ORDER  BY max(occurred_at_ms) DESC
                """, new { sinceMs }).Select(row => new SeenClient(row.Name, Time(row.OnWireMs), Time(row.InLogsMs)))],
            CallsFromTheFuture = connection.ExecuteScalar<long>("SELECT count(*) FROM usage WHERE occurred_at_ms > @nowMs", new { nowMs }),
            LastImport = ImportQueries.ReadLastImport(connection),
            Sources = [.. ImportQueries.ReadSources(connection)],
            UnpricedModels = PricingQueries.ReadUnpricedModels(connection, MostUnpricedModels),
        };
    }

    private DatabaseCondition Read(DatabaseCondition condition)
    {
        try
        {
            using var connection = connections.OpenAsItIs(condition.Path, SqliteOpenMode.ReadOnly);
            var version = connection.ExecuteScalar<int>("PRAGMA user_version");
            condition = condition with
            {
                SchemaVersion = version,
                IsOfThisVersion = version == Migrations.NewestVersion,
            };
            if (!Migrations.IsOwn(connection))
            {
                return condition with { Fault = DatabaseFault.Foreign, Reason = "It has tables, and not those of Tracker." };
            }

            if (version > Migrations.NewestVersion)
            {
                return condition with { Fault = DatabaseFault.Newer, Reason = string.Create(CultureInfo.InvariantCulture, $"It has schema {version}; this program knows {Migrations.NewestVersion}.") };
            }

            var found = connection.ExecuteScalar<string>("PRAGMA quick_check(1)");
            return found == "ok" ? condition : condition with { Fault = DatabaseFault.Damaged, Reason = found };
        }
        catch (Exception exception) when (exception is SqliteException or StorageException)
        {
            return condition with { Fault = FaultOf(exception), Reason = exception.Message };
        }
    }

    // Readers do not wait for a writer in WAL mode, so that somebody who holds the lock is noticed only by who wants it too.
    private DatabaseCondition TryToLock(DatabaseCondition condition)
    {
        try
        {
            using var connection = connections.OpenAsItIs(condition.Path, SqliteOpenMode.ReadWrite);
            // SQLite opens a file that is write-protected for reading, and begins a transaction all the same.
            if (raw.sqlite3_db_readonly(connection.Handle!, "main") != 0)
            {
                return condition with { Fault = DatabaseFault.ReadOnly, Reason = "SQLite can open it for reading only." };
            }

            using var transaction = connection.BeginTransaction();
            return condition;
        }
        catch (Exception exception) when (exception is SqliteException or StorageException)
        {
            return condition with { Fault = FaultOf(exception), Reason = exception.Message };
        }
    }

    // sqlite.org/rescode.html
    private static DatabaseFault FaultOf(Exception exception) => exception is not SqliteException sqlite ? DatabaseFault.Unreadable : sqlite.SqliteErrorCode switch
    {
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED => DatabaseFault.Locked,
        raw.SQLITE_READONLY => DatabaseFault.ReadOnly,
        raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB => DatabaseFault.Damaged,
        _ => DatabaseFault.Unreadable,
    };

    private static DateTimeOffset? Time(long? ms) => ms is { } known ? DateTimeOffset.FromUnixTimeMilliseconds(known) : null;
}
