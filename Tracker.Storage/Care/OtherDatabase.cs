using Microsoft.Data.Sqlite;
using SQLitePCL;
using Tracker.Storage.Connections;
using Tracker.Storage.Schema;
using Tracker.Storage.Usage;

namespace Tracker.Storage.Care;

/// <summary>
/// The database of another machine, for taking its calls in. It is copied first and the copy read: the file itself is never opened by SQLite, which could write beside it,
/// and a log (-wal) that came with it is taken into account.
/// </summary>
public sealed class OtherDatabase : IDisposable
{
    private static readonly string[] Suffixes = ["", "-wal"];
    private static readonly string AnotherFolder = $"The environment variable {(OperatingSystem.IsWindows() ? "TMP" : "TMPDIR")} can name another folder.";

    private readonly MergeFolder _folder;
    private readonly SqliteConnection _connection;

    private OtherDatabase(MergeFolder folder, SqliteConnection connection) => (_folder, _connection) = (folder, connection);

    /// <summary>Calls that were pruned there, of which only sums are left. They cannot be taken in: nothing tells which of them are here.</summary>
    public long PrunedCalls { get; private init; }

    /// <summary>Copies the file into the folder for temporary files and looks at it.</summary>
    /// <exception cref="StorageException">It is not there, no database of Tracker's, from a newer Tracker, damaged, or in use; or there is no room for the copy.</exception>
    public static OtherDatabase Open(TrackerConnectionFactory connections, string path, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(connections);
        if (!File.Exists(path))
        {
            throw new StorageException($"{path} is not there.");
        }

        if (TrackerPathsAreSame(path, connections.DatabasePath))
        {
            throw new StorageException($"{path} is the database itself.");
        }

        RequireReadable(path);
        var folder = CreateFolder(path, time);
        SqliteConnection? connection = null;
        try
        {
            var copy = Path.Combine(folder.Path, "tracker.db");
            Copy(path, copy);
            connection = connections.OpenAsItIs(copy, SqliteOpenMode.ReadWrite);
            RequireUsable(connection, path);
            return new OtherDatabase(folder, connection) { PrunedCalls = Has(connection, "pruned_rollup") ? Statement.ReadNumber(connection, "SELECT sum(calls) FROM pruned_rollup") ?? 0 : 0 };
        }
        catch (Exception exception)
        {
            connection?.Dispose();
            folder.Dispose();
            throw exception switch
            {
                SqliteException { SqliteErrorCode: raw.SQLITE_NOTADB } => new StorageException($"{path} is no database.", exception),
                SqliteException { SqliteErrorCode: raw.SQLITE_CORRUPT } => Damaged(path, exception.Message),
                SqliteException => new StorageException($"{path} cannot be read: {exception.Message}", exception),
                IOException or UnauthorizedAccessException => Uncopied(path, exception.Message, exception),
                _ => exception,
            };
        }
    }

    /// <summary>All of its calls. Its columns are those of every schema there was, so it need not be migrated.</summary>
    /// <exception cref="SqliteException">It cannot be read.</exception>
    public IEnumerable<UsageRecord> ReadCalls()
    {
        using var calls = new StoredCalls(_connection);
        for (var id = 0L; calls.ReadFrom(id) is { } call; id = call.Id + 1)
        {
            yield return call.Record;
        }
    }

    /// <summary>The names that logs have for its calls.</summary>
    /// <exception cref="SqliteException">It cannot be read.</exception>
    public IReadOnlyList<(UsageKey Alias, UsageKey Key)> ReadNames() => !Has(_connection, "usage_alias") ? [] :
    [
        .. Statement.Read(
            _connection, "SELECT alias_key, usage_key FROM usage_alias JOIN usage ON id = usage_id ORDER BY alias_key", row => (UsageKey.FromStored(row.Text(0)!), UsageKey.FromStored(row.Text(1)!))),
    ];

    public void Dispose()
    {
        _connection.Dispose();
        _folder.Dispose();
    }

    private static void RequireReadable(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StorageException($"{path} cannot be read: {exception.Message}", exception);
        }
    }

    private static MergeFolder CreateFolder(string path, TimeProvider time)
    {
        try
        {
            return MergeFolder.Create(time);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Uncopied(path, $"{exception.Message} {AnotherFolder}", exception);
        }
    }

    private static void Copy(string path, string copy)
    {
        var before = StampOf(path);
        var needed = Suffixes.Sum(suffix => DatabaseFile.LengthOf(path + suffix));
        if (DatabaseCopy.FreeBytes(Path.GetDirectoryName(copy)!) is { } free && free < needed)
        {
            throw new IOException($"{needed} bytes are needed and {free} are free. {AnotherFolder}");
        }

        foreach (var suffix in Suffixes.Where(suffix => File.Exists(path + suffix)))
        {
            File.Copy(path + suffix, copy + suffix);
        }

        if (StampOf(path) != before)
        {
            throw new StorageException($"{path} was written to while it was copied: it is in use. Make a copy with 'tracker-importer backup' there, and merge that.");
        }
    }

    private static (DateTime, long, DateTime, long) StampOf(string path)
    {
        var (file, log) = (new FileInfo(path), new FileInfo(path + "-wal"));
        return (file.LastWriteTimeUtc, file.Length, log.Exists ? log.LastWriteTimeUtc : default, log.Exists ? log.Length : 0);
    }

    private static void RequireUsable(SqliteConnection connection, string path)
    {
        var version = Statement.ReadNumber(connection, "PRAGMA user_version");
        if (version > Migrations.NewestVersion)
        {
            throw new StorageException($"{path} has schema {version}, made by a newer Tracker; this program knows {Migrations.NewestVersion}. Update this program first.");
        }

        var found = Statement.Read(connection, "PRAGMA quick_check(1)", row => row.Text(0)).Single();
        if (found != "ok")
        {
            throw Damaged(path, found!);
        }

        if (version < 1 || !Has(connection, "usage"))
        {
            throw new StorageException($"{path} is a database, and not one of Tracker's.");
        }
    }

    private static StorageException Uncopied(string path, string why, Exception exception) =>
        new($"{path} could not be copied to the folder for temporary files ({Path.TrimEndingDirectorySeparator(Path.GetTempPath())}): {why}", exception);

    private static StorageException Damaged(string path, string found) =>
        new($"{path} is damaged: {found}. Repair it where it comes from ('tracker-proxy doctor --repair'), and merge that.");

    private static bool Has(SqliteConnection connection, string table) => Statement.ReadNumber(connection, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?1", statement => statement.Bind(1, table)) == 1;

    private static bool TrackerPathsAreSame(string one, string other) => Hosting.TrackerPaths.WithoutLinks(one) == Hosting.TrackerPaths.WithoutLinks(other);
}
