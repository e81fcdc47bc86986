using Tracker.Storage.Connections;
using Tracker.Storage.Hosting;

namespace Tracker.Importer.Care;

/// <summary>Where a command may put its result: nowhere where the database is, whatever path leads there, and in the place of nothing that is no file.</summary>
internal static class TargetFile
{
    // SQLite's own beside the database count whether they are there at this moment or not.
    private static readonly string[] Endings = ["", "-wal", "-shm", "-journal"];

    private static readonly StringComparison OfNames = OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;

    /// <param name="target">An absolute path.</param>
    /// <param name="database">The database.</param>
    /// <param name="overwrite">Whether a file of that name is replaced.</param>
    /// <exception cref="StorageException">It is no place for a result; the message says why.</exception>
    public static void Require(string target, string database, bool overwrite)
    {
        if (Array.Find(Endings, ending => IsSame(target, database + ending)) is { } found)
        {
            throw new StorageException(found.Length == 0 ? $"{target} is the database itself." : $"{target} belongs to the database: SQLite keeps it beside the file.");
        }

        if (Array.Exists(Endings, ending => IsSame(UnfinishedFile.PathOf(target), database + ending)))
        {
            throw new StorageException($"{target} would be written beside its name, over the database. Give another name.");
        }

        if (FileStatus.Of(target) is { IsRegularFile: false })
        {
            throw new StorageException($"{target} is no file, and is not replaced by one. Give another name.");
        }

        if (File.Exists(target) && !overwrite)
        {
            throw new StorageException($"{target} is there already. Give another name, or --force to replace it.");
        }
    }

    private static bool IsSame(string one, string other) =>
        TrackerPaths.WithoutLinks(one).Equals(TrackerPaths.WithoutLinks(other), OfNames) || (FileStatus.Of(one) is { } status && status == FileStatus.Of(other)); // A folder may be mounted in two places.
}
