using Tracker.Importer.Sources;

namespace Tracker.Importer.Watching;

/// <summary>A folder where logs may change, or one on the way to a root that may come or go.</summary>
/// <param name="Path">The folder: a root, the folder of a root that is a file, a folder that a link below a root leads to, or one above a root.</param>
/// <param name="Root">The root, as the source names it. The paths of its logs begin with it.</param>
/// <param name="IsTree">What is below the folder's own folders counts, too.</param>
/// <param name="Formats">What is a log there; none on the way to a root.</param>
internal sealed record WatchedFolder(string Path, string Root, bool IsTree, IReadOnlyList<ILogFormat> Formats)
{
    /// <summary>The two folders that exist next above a root: a folder is not told of its own end. Where they cannot be watched, the full pass finds the root.</summary>
    public static IEnumerable<WatchedFolder> OnTheWayTo(string root)
    {
        var ways = new List<WatchedFolder>();
        for (var folder = System.IO.Path.GetDirectoryName(root); folder is not null && ways.Count < 2; folder = System.IO.Path.GetDirectoryName(folder))
        {
            if (Directory.Exists(folder))
            {
                ways.Add(new WatchedFolder(folder, root, IsTree: false, []));
            }
        }

        return ways;
    }

    /// <summary>Whether something is the root, or a folder above it.</summary>
    public bool LeadsToRoot(string path) => Root.StartsWith(path, StringComparison.Ordinal) && (Root.Length == path.Length || Root[path.Length] == System.IO.Path.DirectorySeparatorChar);
}
