using System.Globalization;
using Dapper;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;
using Tracker.Storage.Connections;
using Tracker.Storage.Imports;
using Tracker.Storage.Pricing;
using Tracker.Storage.Usage;

namespace Tracker.Storage.Care;

/// <summary>
/// Makes a new database of what can be read of a damaged one and of the journal, and puts it in its place; the damaged one is kept. Nobody else may have it open. Until the new
/// one is whole, nothing is changed, so a repair that was stopped can be done again (docs/adr/0019-care-of-the-data.md).
/// </summary>
public sealed class DatabaseRepair(TrackerConnectionFactory connections, PriceBooks prices, TimeProvider time)
{
    private const int CallsAtOnce = 2000;
    private static readonly string[] Suffixes = ["-wal", "-shm", ""];
    private static readonly string[] PrunedTables = ["pruned_rollup", "pruned_tool_rollup", "pruned_call"];

    /// <summary>What is wrong with the database; null: nothing. Looks at indexes too, which takes longer than the doctor's look.</summary>
    /// <exception cref="SqliteException">It cannot be opened or is locked.</exception>
    public string? FindDamage()
    {
        try
        {
            using var connection = connections.OpenAsItIs(connections.DatabasePath, SqliteOpenMode.ReadOnly);
            var found = connection.ExecuteScalar<string>("PRAGMA integrity_check(1)");
            return found == "ok" ? null : found;
        }
        catch (SqliteException exception) when (StorageFaults.IsDamaged(exception))
        {
            return exception.Message;
        }
    }

    /// <param name="journal">What the proxy's journal holds.</param>
    /// <exception cref="StorageException">It could not be done; the damaged database is where it was.</exception>
    public RepairReport Repair(IReadOnlyCollection<UsageRecord> journal)
    {
        ArgumentNullException.ThrowIfNull(journal);
        var path = connections.DatabasePath;
        var fresh = path + ".repair";
        try
        {
            Delete(fresh);
            var report = BuildSound(path, fresh, journal);
            var aside = $"{path}.damaged-{time.GetUtcNow().ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture)}";
            Move(path, aside);
            File.Move(fresh, path);
            return report with { MovedTo = aside };
        }
        catch (Exception exception) when (exception is SqliteException or IOException or UnauthorizedAccessException or FormatException)
        {
            throw new StorageException($"The database {path} could not be repaired: {exception.Message}", exception);
        }
    }

    private RepairReport BuildSound(string path, string fresh, IReadOnlyCollection<UsageRecord> journal)
    {
        try
        {
            var report = Build(path, fresh, journal);
            RequireWhole(fresh);
            RequireSound(fresh);
            return report;
        }
        catch
        {
            Discard(fresh); // On a disk that is full, everybody else waits for this room.
            throw;
        }
    }

    private RepairReport Build(string path, string fresh, IReadOnlyCollection<UsageRecord> journal)
    {
        var target = new TrackerConnectionFactory(new PathOf(fresh));
        try
        {
            using var damaged = connections.OpenAsItIs(path, SqliteOpenMode.ReadOnly);
            var salvage = new DatabaseSalvage(damaged);
            var names = new SalvagedNames(damaged);
            var refused = 0L;
            var salvaged = Store(target, salvage.ReadCalls().Select(call => names.Settle(call.Id, call.Record)), () => refused++) - refused;
            CopyNames(names, target);
            var prunedKept = CopyTheRest(damaged, target);
            Store(target, journal, () => { });
            return new RepairReport
            {
                Database = path,
                MovedTo = "",
                CallsSalvaged = salvaged,
                Holes = salvage.Holes,
                CallsLostAtMost = salvaged == 0 ? null : salvage.LostAtMost,
                CallsWithoutTools = salvage.CallsWithoutTools,
                CallsToJoinAgain = names.CallsToJoinAgain,
                ImplausibleRows = salvage.Implausible + refused,
                PrunedSumsKept = prunedKept,
                JournalRecords = journal.Count,
            };
        }
        finally
        {
            target.Forget(); // The last connection to it takes its log away.
        }
    }

    /// <returns>How many records there were.</returns>
    private long Store(TrackerConnectionFactory target, IEnumerable<UsageRecord> records, Action onRefused)
    {
        using var writer = new ImportWriter(target, prices, time) { OnRefused = (_, _) => onRefused() };
        var count = 0L;
        foreach (var chunk in records.Select(record => new ImportStep(record, null)).Chunk(CallsAtOnce))
        {
            writer.Begin();
            writer.Append(chunk);
            writer.Commit();
            count += chunk.Length;
            writer.CheckpointIfLarge();
        }

        return count;
    }

    private static void CopyNames(SalvagedNames names, TrackerConnectionFactory target)
    {
        using var connection = target.Open();
        using var transaction = connection.BeginTransaction();
        names.CopyTo(connection);
        transaction.Commit();
    }

    // What no log can tell again. Cursors are left out, so that the importer reads all from the beginning.
    private static bool CopyTheRest(SqliteConnection damaged, TrackerConnectionFactory target)
    {
        using var connection = target.Open();
        TryCopy(connection, transaction => CopyTable(damaged, connection, transaction, "limit_sample"));
        // All or nothing: sums without their keys would be counted again, keys without their sums would keep calls out.
        return TryCopy(connection, transaction => Array.ForEach(PrunedTables, table => CopyTable(damaged, connection, transaction, table)));
    }

    private static bool TryCopy(SqliteConnection connection, Action<SqliteTransaction> copy)
    {
        using var transaction = connection.BeginTransaction();
        try
        {
            copy(transaction);
            transaction.Commit();
            return true;
        }
        catch (SqliteException)
        {
            return false; // Rolled back; what was there is in the damaged file still.
        }
    }

    private static void CopyTable(SqliteConnection damaged, SqliteConnection connection, SqliteTransaction transaction, string table)
    {
        if (damaged.ExecuteScalar<long>("SELECT count(*) FROM sqlite_schema WHERE name = @table", new { table }) == 0)
        {
            return; // Of an older version.
        }

        foreach (var row in damaged.Query($"SELECT * FROM {table}", buffered: false))
        {
            var values = (IDictionary<string, object?>)row;
            connection.Execute($"INSERT OR IGNORE INTO {table} ({string.Join(", ", values.Keys.Select(column => $"\"{column}\""))}) VALUES ({string.Join(", ", values.Keys.Select(column => "@" + column))})",
                new DynamicParameters(values), transaction);
        }
    }

    // The last connection copies the log into the database and removes it. Where the disk is full it does neither, and says nothing; and the log does not come along.
    private static void RequireWhole(string fresh)
    {
        if (WalCheckpoint.LengthOfLog(fresh) > 0)
        {
            throw new IOException("there is no room on the disk to write the new one whole.");
        }
    }

    private static void RequireSound(string fresh)
    {
        using var database = ClientDatabase.Open(fresh);
        var found = database.Query("PRAGMA integrity_check(1)", row => row.Text(0)).Single();
        if (found != "ok")
        {
            throw new IOException($"the new one is not sound: {found}");
        }
    }

    private static void Move(string path, string aside)
    {
        foreach (var suffix in Suffixes.Where(suffix => File.Exists(path + suffix)))
        {
            File.Move(path + suffix, aside + suffix);
        }
    }

    private static void Delete(string path)
    {
        foreach (var suffix in Suffixes)
        {
            File.Delete(path + suffix);
        }
    }

    private static void Discard(string path)
    {
        try
        {
            Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Why it could not be built is told, and the next repair deletes it first.
        }
    }

    private sealed class PathOf(string path) : IOptionsMonitor<StorageOptions>
    {
        public StorageOptions CurrentValue { get; } = new() { DatabasePath = path };

        public StorageOptions Get(string? name) => CurrentValue;

        public IDisposable? OnChange(Action<StorageOptions, string?> listener) => null;
    }
}
