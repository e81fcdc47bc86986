using System.Globalization;
using System.Reflection;
using Microsoft.Data.Sqlite;
using Tracker.Storage.Connections;

namespace Tracker.Storage.Schema;

/// <summary>
/// Brings a database to the schema this program knows. The scripts are numbered files; a released one is never edited.
/// Two processes may start at the same moment: the immediate transaction lets one migrate and the other find it done.
/// </summary>
internal static class Migrations
{
    private const string Prefix = "Migrations/";

    private static readonly string[] Scripts = [.. Assembly.GetExecutingAssembly().GetManifestResourceNames()
        .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    /// <summary>The newest schema this program knows; <c>PRAGMA user_version</c> of an up-to-date database.</summary>
    public static int NewestVersion => Scripts.Length;

    /// <summary>Migrates the database if it has to be; one that holds something is copied first, and copies of before earlier migrations are removed when that has succeeded.</summary>
    /// <param name="connection">One that may write.</param>
    /// <param name="path">The database.</param>
    /// <param name="openAnother">Opens another connection to it, for the copy.</param>
    /// <param name="scripts">Those of this program, unless a test has others.</param>
    /// <param name="observer">Is told, if there is something to migrate.</param>
    /// <exception cref="UnusableDatabaseException">The database is from a newer version of Tracker. It is left alone.</exception>
    /// <exception cref="StorageException">It could not be copied. It is left alone.</exception>
    /// <exception cref="HeldUpMigrationException">Another program has it locked.</exception>
    public static void Apply(SqliteConnection connection, string path, Func<SqliteConnection> openAnother, IReadOnlyList<string>? scripts = null, IMigrationObserver? observer = null)
    {
        var newest = scripts?.Count ?? NewestVersion;
        var found = ReadVersion(connection, null, path, newest);
        if (found == newest)
        {
            return;
        }

        using var transaction = Begin(connection, path, found, newest);
        found = ReadVersion(connection, transaction, path, newest);
        var migration = found > 0 && found < newest ? new SchemaMigration(path, found, newest, DatabaseBackup.PathOf(path, found)) : null;
        if (migration is not null)
        {
            observer?.OnBegin(migration);
            using var another = openAnother();
            DatabaseBackup.Make(another, path, found);
        }

        for (var version = found; version < newest; version++)
        {
            Execute(connection, transaction, scripts?[version] ?? ReadScript(Scripts[version]));
            Execute(connection, transaction, string.Create(CultureInfo.InvariantCulture, $"PRAGMA user_version = {version + 1}"));
        }

        transaction.Commit();
        if (migration is not null)
        {
            var removed = DatabaseBackup.RemoveEarlier(path, migration.From);
            observer?.OnEnd(migration, removed);
        }
    }

    /// <summary>The scripts, the first one first.</summary>
    public static IEnumerable<string> ReadAll() => Scripts.Select(ReadScript);

    /// <summary>To be called before anything is changed: a file of another program's may have been named by mistake.</summary>
    /// <exception cref="UnusableDatabaseException">It is one. It is left alone.</exception>
    public static void RequireOwn(SqliteConnection connection, string path)
    {
        if (!IsOwn(connection))
        {
            throw new UnusableDatabaseException($"{path} is a database of another program. It is left as it is. Set Storage:DatabasePath to another file.");
        }
    }

    /// <summary>Whether the database is empty, or Tracker's of any version.</summary>
    public static bool IsOwn(SqliteConnection connection)
    {
        // One statement, so of one moment: another process may be creating it, which it does in one transaction.
        using var command = connection.CreateCommand();
        command.CommandText = """
            SELECT count(*) = 0 OR (sum(type = 'table' AND name = 'usage') = 1 AND (SELECT user_version FROM pragma_user_version) > 0)
            FROM   sqlite_schema
            """;
        return Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture) == 1;
    }

    /// <summary>Whether the database has exactly the schema that this program knows.</summary>
    /// <exception cref="UnusableDatabaseException">It is from a newer version of Tracker.</exception>
    public static bool IsApplied(SqliteConnection connection, string path) => ReadVersion(connection, null, path, NewestVersion) == NewestVersion;

    /// <summary>Whether the database is Tracker's, and has to be migrated.</summary>
    public static bool IsEarlier(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA user_version";
        return Convert.ToInt32(command.ExecuteScalar(), CultureInfo.InvariantCulture) is > 0 and var version && version < NewestVersion;
    }

    /// <summary>Called in every transaction that writes: a newer program may have migrated the database while this one is running.</summary>
    /// <exception cref="UnusableDatabaseException">It has.</exception>
    public static void RequireKnown(SqliteConnection connection, SqliteTransaction transaction, string path) => ReadVersion(connection, transaction, path, NewestVersion);

    private static SqliteTransaction Begin(SqliteConnection connection, string path, int found, int newest)
    {
        try
        {
            return connection.BeginTransaction();
        }
        catch (SqliteException exception) when (found > 0 && StorageFaults.IsLocked(exception))
        {
            throw new HeldUpMigrationException(
                $"The database {path} has schema {found} and has to be brought to {newest}, and another program is using it, most likely to do just that. A large one takes minutes.", exception);
        }
    }

    private static int ReadVersion(SqliteConnection connection, SqliteTransaction? transaction, string path, int newest)
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = "PRAGMA user_version";
        var version = Convert.ToInt32(command.ExecuteScalar(), CultureInfo.InvariantCulture);
        return version <= newest
            ? version
            : throw new UnusableDatabaseException(
                $"The database {path} has schema {version}, made by a newer Tracker; this program knows {newest}. It is left as it is. Update this program, or set Storage:DatabasePath to another file.");
    }

    private static void Execute(SqliteConnection connection, SqliteTransaction transaction, string sql)
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static string ReadScript(string resource)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(resource)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
