using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Tracker.Storage.Connections;

/// <summary>A consistent copy of a database, beside it, made before its schema is changed.</summary>
internal static class DatabaseBackup
{
    private const string Infix = ".schema-";
    private const string Extension = ".backup";

    /// <summary>Where the copy of a database with that schema is put.</summary>
    public static string PathOf(string databasePath, int version) => $"{databasePath}{Infix}{version.ToString(CultureInfo.InvariantCulture)}{Extension}";

    /// <summary>The copies that lie beside a database, that with the newest schema first; none when its folder cannot be looked at.</summary>
    public static IReadOnlyList<SchemaCopy> Find(string databasePath)
    {
        var prefix = Path.GetFileName(databasePath) + Infix;
        try
        {
            return [.. new DirectoryInfo(Path.GetDirectoryName(databasePath)!).EnumerateFiles()
                .Select(file => (File: file, Version: ReadVersion(file.Name, prefix)))
                .Where(found => found.Version is not null)
                .OrderByDescending(found => found.Version)
                .Select(found => new SchemaCopy(found.File.FullName, found.Version!.Value, found.File.Length, found.File.LastWriteTimeUtc))];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Removes the copies of schemas before that one: each is as large as the database was, and has what was pruned since. One that cannot be deleted stays.</summary>
    /// <returns>How many were removed.</returns>
    public static int RemoveEarlier(string databasePath, int version)
    {
        var removed = 0;
        foreach (var copy in Find(databasePath).Where(copy => copy.SchemaVersion < version))
        {
            try
            {
                File.Delete(copy.Path);
                removed++;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // Doctor names it, and the next migration tries again.
            }
        }

        return removed;
    }

    /// <summary>
    /// Copies what is committed; a copy of the same name is replaced. Another connection may hold the write lock, so that nothing is committed
    /// between the copy and what it is made for.
    /// </summary>
    /// <exception cref="StorageException">There is no room, or the folder cannot be written. The database is as it was.</exception>
    public static void Make(SqliteConnection connection, string databasePath, int version)
    {
        var target = PathOf(databasePath, version);
        try
        {
            DatabaseCopy.Make(connection, target, overwrite: true);
        }
        catch (Exception exception) when (exception is SqliteException or IOException or UnauthorizedAccessException)
        {
            throw new StorageException(
                $"The database {databasePath} has to be brought to a new schema, and the copy that is made first cannot be written to {target}: {exception.Message} The database is as it was. Make room for a copy of it, and start again.",
                exception);
        }
    }

    private static int? ReadVersion(string name, string prefix) =>
        name.StartsWith(prefix, StringComparison.Ordinal) && name.EndsWith(Extension, StringComparison.Ordinal) && name.Length > prefix.Length + Extension.Length
        && int.TryParse(name.AsSpan(prefix.Length, name.Length - prefix.Length - Extension.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            ? version
            : null;
}
