using Tracker.Importer.Sources;

namespace Tracker.Importer.Importing;

/// <summary>Lists the log files under folders, without opening any. Links are followed, each real folder is visited once, so loops end.</summary>
internal sealed class LogFolder
{
    private readonly IReadOnlyList<ILogFormat> _formats;
    private readonly HashSet<string> _visited = new(StringComparer.Ordinal);

    private LogFolder(IReadOnlyList<ILogFormat> formats) => _formats = formats;

    public List<ClaimedFile> Files { get; } = [];

    /// <summary>Folders that could not be listed.</summary>
    public List<Trouble> Troubles { get; } = [];

    /// <param name="roots">Folders or files; one that does not exist is passed over.</param>
    /// <param name="formats">The first that claims a file reads it.</param>
    public static LogFolder List(IEnumerable<string> roots, IReadOnlyList<ILogFormat> formats)
    {
        var result = new LogFolder(formats);
        foreach (var root in roots)
        {
            if (Directory.Exists(root))
            {
                result.Visit(new DirectoryInfo(root), "", RealPath(new DirectoryInfo(root)) ?? root);
            }
            else if (new FileInfo(root) is { Exists: true } file && result._visited.Add(file.FullName))
            {
                result.Add(file, file.Name, (file.Attributes & FileAttributes.ReparsePoint) != 0);
            }
        }

        return result;
    }

    private void Visit(DirectoryInfo folder, string relativePath, string realPath)
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
                    VisitFolder((DirectoryInfo)entry, $"{relativePath}{entry.Name}/", isLink, Path.Combine(realPath, entry.Name));
                }
                else
                {
                    Add((FileInfo)entry, relativePath + entry.Name, isLink);
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Troubles.Add(new Trouble(folder.FullName, null, exception.Message));
        }
    }

    private void VisitFolder(DirectoryInfo folder, string relativePath, bool isLink, string realPath)
    {
        if (folder.Name == ".git")
        {
            return; // Clients keep the earlier states of people's projects in repositories: no logs, and more files than all logs together.
        }

        if (!isLink)
        {
            Visit(folder, relativePath, realPath);
        }
        else if (RealPath(folder) is { } target)
        {
            Visit(folder, relativePath, target);
        }
    }

    private void Add(FileInfo file, string relativePath, bool isLink)
    {
        if (_formats.FirstOrDefault(format => format.Claims(relativePath)) is not { } format)
        {
            return;
        }

        var target = isLink ? TargetOf(file) as FileInfo : file;
        if (target is not { Exists: true } || (isLink && !_visited.Add(target.FullName)))
        {
            return;
        }

        var (length, modified) = (target.Length, target.LastWriteTimeUtc);
        if (format is IDatabaseFormat && new FileInfo(target.FullName + "-wal") is { Exists: true } log)
        {
            // What was written last is there.
            length += log.Length;
            modified = log.LastWriteTimeUtc > modified ? log.LastWriteTimeUtc : modified;
        }

        Files.Add(new ClaimedFile(new LogFile(file.FullName, relativePath, length, modified.Ticks), format));
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
