namespace Tracker.Importer.Importing;

/// <summary>Lists the log files under folders, without opening any. Links are followed, each real folder is visited once, so loops end.</summary>
internal sealed class LogFolder
{
    private readonly HashSet<string> _visited = new(StringComparer.Ordinal);

    private LogFolder()
    {
    }

    public List<LogFile> Files { get; } = [];

    /// <summary>Folders that could not be listed.</summary>
    public List<Trouble> Troubles { get; } = [];

    /// <param name="roots">Folders; one that does not exist is passed over.</param>
    /// <param name="extension">Such as <c>.jsonl</c>.</param>
    public static LogFolder List(IEnumerable<string> roots, string extension)
    {
        var result = new LogFolder();
        foreach (var root in roots.Where(Directory.Exists))
        {
            result.Visit(new DirectoryInfo(root), RealPath(new DirectoryInfo(root)) ?? root, extension);
        }

        return result;
    }

    private void Visit(DirectoryInfo folder, string realPath, string extension)
    {
        if (!_visited.Add(realPath))
        {
            return;
        }

        try
        {
            foreach (var entry in folder.EnumerateFileSystemInfos())
            {
                var isLink = (entry.Attributes & FileAttributes.ReparsePoint) != 0;
                if ((entry.Attributes & FileAttributes.Directory) != 0)
                {
                    VisitFolder((DirectoryInfo)entry, isLink, Path.Combine(realPath, entry.Name), extension);
                }
                else if (entry.Extension.Equals(extension, StringComparison.OrdinalIgnoreCase))
                {
                    Add((FileInfo)entry, isLink);
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Troubles.Add(new Trouble(folder.FullName, null, exception.Message));
        }
    }

    private void VisitFolder(DirectoryInfo folder, bool isLink, string realPath, string extension)
    {
        if (!isLink)
        {
            Visit(folder, realPath, extension);
        }
        else if (RealPath(folder) is { } target)
        {
            Visit(folder, target, extension);
        }
    }

    private void Add(FileInfo file, bool isLink)
    {
        var target = isLink ? TargetOf(file) as FileInfo : file;
        if (target is { Exists: true } && (!isLink || _visited.Add(target.FullName)))
        {
            Files.Add(new LogFile(file.FullName, target.Length, target.LastWriteTimeUtc.Ticks));
        }
    }

    private static string? RealPath(DirectoryInfo folder) =>
        folder.LinkTarget is null ? folder.FullName : TargetOf(folder) is DirectoryInfo { Exists: true } target ? target.FullName : null;

    // Null for a link that leads in circles.
    private static FileSystemInfo? TargetOf(FileSystemInfo link)
    {
        try
        {
            return link.ResolveLinkTarget(returnFinalTarget: true);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
