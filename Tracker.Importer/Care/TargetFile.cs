using Tracker.Storage.Connections;
using Tracker.Storage.Hosting;

namespace Tracker.Importer.Care;

/// <summary>Where a command may put its result: nowhere where the database is, whatever path leads there, and in the place of nothing that is no file.</summary>
internal static class TargetFile
{
    private const int MostSteps = 500;

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
        WithoutLinks(one).Equals(WithoutLinks(other), OfNames) || (FileStatus.Of(one) is { } status && status == FileStatus.Of(other)); // A folder may be mounted in two places.

    // .NET follows the link that a path is, and not those that are in it.
    private static string WithoutLinks(string path, int steps = 0)
    {
        if (steps > MostSteps)
        {
            throw new StorageException($"{path} leads round in a circle of links.");
        }

        if (Path.GetDirectoryName(path) is not { } folder)
        {
            return path;
        }

        var here = Path.Combine(WithoutLinks(folder, steps + 1), Path.GetFileName(path));
        var target = TrackerPaths.WithoutLink(here);
        return target == here ? here : WithoutLinks(target, steps + 1);
    }
}
