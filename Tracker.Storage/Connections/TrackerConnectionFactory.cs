using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;
using SQLitePCL;
using Tracker.Storage.Hosting;
using Tracker.Storage.Schema;

namespace Tracker.Storage.Connections;

/// <summary>
/// The one place that opens <c>tracker.db</c>. Every connection is in WAL mode, waits <see cref="StorageOptions.BusyTimeout"/> for the other
/// process's lock, and has that read back. The path is resolved when a connection is opened, so a changed setting or home applies to the next one.
/// </summary>
/// <param name="options">Where the database is.</param>
/// <param name="migrations">Is told when the database is brought up to date.</param>
public sealed class TrackerConnectionFactory(IOptionsMonitor<StorageOptions> options, IMigrationObserver? migrations = null)
{
    /// <summary>Earlier versions can corrupt a WAL file that two processes write (sqlite.org/wal.html#walresetbug, fixed 2026-03-13).</summary>
    public static readonly Version OldestSafeSqlite = new(3, 51, 3);

    // Creating the file and opening it must not interleave with another thread's opening: see DatabaseFile.
    private static readonly Lock FirstOpen = new();
    private readonly ConcurrentDictionary<string, bool> _prepared = new(StringComparer.Ordinal);
    private volatile bool _awaitsMigration;

    /// <summary>The database as the settings name it now, as an absolute path.</summary>
    public string DatabasePath => TrackerPaths.DatabasePath(options.CurrentValue);

    /// <summary>The folder of the database; logs and lock files lie there too.</summary>
    public string DataDirectory => Path.GetDirectoryName(DatabasePath)!;

    /// <summary>Bytes of the database's file; 0 when there is none.</summary>
    public long DatabaseBytes => DatabaseFile.LengthOf(DatabasePath);

    /// <summary>Bytes of the database's log, the WAL file.</summary>
    public long WalBytes => WalCheckpoint.LengthOfLog(DatabasePath);

    /// <summary>
    /// To be called before anything is opened: whoever opens a database with an earlier schema migrates it, which takes as long as copying it. From now on that is only somebody who writes, and who only reads
    /// is told meanwhile.
    /// </summary>
    /// <param name="wait">How long to wait for somebody who has the database locked for reading, too.</param>
    /// <returns>Whether there is something to migrate.</returns>
    public bool LeaveMigrationToWriter(TimeSpan wait)
    {
        if (!File.Exists(DatabasePath))
        {
            return false;
        }

        try
        {
            using var connection = OpenAsItIs(DatabasePath, SqliteOpenMode.ReadOnly, wait);
            return _awaitsMigration = Migrations.IsEarlier(connection);
        }
        catch (SqliteException exception) when (StorageFaults.IsLocked(exception))
        {
            return _awaitsMigration = true; // Nobody knows, so it is as if there were.
        }
        catch (Exception exception) when (exception is SqliteException or StorageException)
        {
            return false; // Opening it tells what is wrong.
        }
    }

    /// <summary>Opens a connection that may write. It is not pooled: its owner keeps it as long as it runs, and the last one to close it checkpoints.</summary>
    /// <exception cref="StorageException">The file cannot be created, is from a newer version, or refuses a setting.</exception>
    /// <exception cref="SqliteException">SQLite cannot open or read the file.</exception>
    public SqliteConnection Open() => Open(SqliteOpenMode.ReadWrite, pooled: false, options.CurrentValue.BusyTimeout);

    /// <summary>Makes the database ready, if nobody has it locked for longer.</summary>
    /// <param name="wait">How long to wait.</param>
    /// <inheritdoc cref="Open()" path="/exception"/>
    public void MakeReady(TimeSpan wait) => Open(SqliteOpenMode.ReadWrite, pooled: false, wait).Dispose();

    /// <summary>
    /// Opens a connection that may write for a while, beside one of this process that stays. Emptying the log is the other's: should the database have been replaced a moment ago, this one
    /// would have the new file and the old one's log, be the last one of the new file, and write the one into the other when it is closed.
    /// </summary>
    /// <inheritdoc cref="Open()"/>
    public SqliteConnection OpenBesideWriter()
    {
        var connection = Open();
        SqliteLibrary.KeepFromCheckpointing(connection);
        Execute(connection, "PRAGMA wal_autocheckpoint = 0");
        return connection;
    }

    /// <summary>Opens a connection that can only read, from a pool: open late, dispose early.</summary>
    /// <exception cref="StorageException">Also before the database is migrated (<see cref="LeaveMigrationToWriter"/>).</exception>
    /// <inheritdoc cref="Open()"/>
    public SqliteConnection OpenReadOnly() => Open(SqliteOpenMode.ReadOnly, pooled: true, options.CurrentValue.BusyTimeout);

    /// <summary>
    /// Opens a file as it is, for somebody who wants to know what is wrong with it or takes care of it: nothing is created, migrated or checked, and nothing is written when
    /// it is opened for reading. SQLite reads the file with the first statement.
    /// </summary>
    internal SqliteConnection OpenAsItIs(string path, SqliteOpenMode mode, TimeSpan? wait = null)
    {
        var busyTimeout = wait ?? options.CurrentValue.BusyTimeout;
        var connection = OpenRaw(path, mode, pooled: false, busyTimeout);
        try
        {
            RequireSafeSqlite(connection.ServerVersion);
            Execute(connection, $"PRAGMA busy_timeout = {Milliseconds(busyTimeout)}; PRAGMA query_only = {(mode == SqliteOpenMode.ReadOnly ? "ON" : "OFF")};");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private SqliteConnection Open(SqliteOpenMode mode, bool pooled, TimeSpan busyTimeout)
    {
        var path = DatabasePath;
        Prepare(path, mode, busyTimeout);
        if (OpenConfigured(path, mode, pooled, busyTimeout) is { } connection)
        {
            return connection;
        }

        // Another file has taken its place since this process prepared it: an older one, or a copy, which VACUUM INTO leaves out of WAL mode.
        Forget();
        Prepare(path, mode, busyTimeout);
        return OpenConfigured(path, mode, pooled, busyTimeout)
            ?? throw new StorageException($"The database {path} does not stay in WAL mode, which was set. Is it on a network drive? Move it to a local disk.");
    }

    /// <summary>Lets go of what is remembered of the files, and of pooled connections to them: they were deleted or replaced.</summary>
    public void Forget()
    {
        _prepared.Clear();
        SqliteConnection.ClearAllPools();
    }

    /// <summary>Creates and migrates the database, once per path and process (and again if the file has gone).</summary>
    private void Prepare(string path, SqliteOpenMode mode, TimeSpan busyTimeout)
    {
        if (_prepared.ContainsKey(path) && File.Exists(path))
        {
            return;
        }

        if (_awaitsMigration && mode == SqliteOpenMode.ReadOnly)
        {
            throw new StorageException($"The database {path} is being copied and brought to this version of Tracker. Calls are forwarded and recorded meanwhile; try again in a moment.");
        }

        lock (FirstOpen)
        {
            DatabaseFile.EnsureExists(path);
            using var connection = OpenRaw(path, SqliteOpenMode.ReadWrite, pooled: false, busyTimeout);
            RequireSafeSqlite(connection.ServerVersion);
            Execute(connection, $"PRAGMA busy_timeout = {Milliseconds(busyTimeout)}");
            Migrations.RequireOwn(connection, path);
            // Switching needs an exclusive lock for a moment; the driver's loop waits for a second process that does the same.
            Execute(connection, "PRAGMA journal_mode = WAL");
            Migrations.Apply(connection, path, () => OpenRaw(path, SqliteOpenMode.ReadWrite, pooled: false, busyTimeout), observer: migrations);
            _awaitsMigration = false;
        }

        _prepared[path] = true;
    }

    internal static void RequireSafeSqlite(string version)
    {
        if (Version.Parse(version) < OldestSafeSqlite)
        {
            throw new StorageException(
                $"The native SQLite is {version}; Tracker needs {OldestSafeSqlite} or later, because earlier ones can corrupt a database that two processes write. Install Tracker's own native library (e_sqlite3) again.");
        }
    }

    /// <returns>Null when the file is not in WAL mode or has an older schema, and so is not the one that was prepared.</returns>
    private static SqliteConnection? OpenConfigured(string path, SqliteOpenMode mode, bool pooled, TimeSpan busyTimeout)
    {
        var connection = OpenRaw(path, mode, pooled, busyTimeout);
        try
        {
            // A pooled connection keeps whatever was set before, so everything is set on every open (about 5 µs).
            Execute(connection, $"""
                PRAGMA busy_timeout = {Milliseconds(busyTimeout)};
                PRAGMA synchronous = NORMAL;
                PRAGMA foreign_keys = ON;
                PRAGMA journal_size_limit = 16777216;
                PRAGMA query_only = {(mode == SqliteOpenMode.ReadOnly ? "ON" : "OFF")};
                """);
            if (IsInWalMode(connection, path, busyTimeout) && Migrations.IsApplied(connection, path))
            {
                return connection;
            }
        }
        catch
        {
            connection.Dispose();
            throw;
        }

        connection.Dispose();
        return null;
    }

    private static SqliteConnection OpenRaw(string path, SqliteOpenMode mode, bool pooled, TimeSpan busyTimeout)
    {
        SqliteLibrary.Prepare();
        var connectionString = new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = mode,
            Pooling = pooled,
            // The driver's own retry loop looks at this only between SQLite's waits, so both end together: one wait, not two.
            DefaultTimeout = Math.Max(1, (int)busyTimeout.TotalSeconds), // 0 is for ever.
        };
#pragma warning disable RS0030 // The factory is the one place that may.
        var connection = new SqliteConnection(connectionString.ToString());
#pragma warning restore RS0030
        try
        {
            connection.Open();
            if (mode == SqliteOpenMode.ReadWrite)
            {
                SqliteLibrary.GiveRoom(connection);
            }

            return connection;
        }
        catch (SqliteException exception) when (exception.SqliteErrorCode == raw.SQLITE_CANTOPEN)
        {
            connection.Dispose();
            throw new StorageException(
                $"Cannot open the database {path}: {exception.Message} Check that its folder exists and that this user may read and write there.", exception);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <exception cref="StorageException">Another setting was not taken.</exception>
    private static bool IsInWalMode(SqliteConnection connection, string path, TimeSpan busyTimeout)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA journal_mode; PRAGMA busy_timeout; PRAGMA synchronous; PRAGMA foreign_keys;";
        using var reader = command.ExecuteReader();
        var journalMode = Next();
        Require("busy_timeout", Milliseconds(busyTimeout));
        Require("synchronous", "1");
        Require("foreign_keys", "1");
        return journalMode == "wal";

        void Require(string pragma, string wanted)
        {
            if (Next() is var found && found != wanted)
            {
                throw new StorageException($"The database {path} answers {pragma} = {found} where {wanted} was set.");
            }
        }

        string Next()
        {
            var found = reader.Read() ? reader.GetString(0) : "nothing";
            reader.NextResult();
            return found;
        }
    }

    private static string Milliseconds(TimeSpan time) => ((long)time.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
