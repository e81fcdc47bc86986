using Tracker.Importer.Sources;
using Tracker.Storage.Hosting;

namespace Tracker.Importer.Importing;

/// <summary>Lists the log files under folders, without opening any. Links are followed, each real folder is visited once, so loops end.</summary>
internal sealed class LogFolder
{
    private const string Repository = ".git";

    // What .NET gives for an entry that was removed between its name and its attributes, and for one whose name it cannot say again. Each of its bits is set, that of a folder as well.
    private const FileAttributes Gone = (FileAttributes)(-1);

    private readonly IReadOnlyList<ILogFormat> _formats;
    private readonly HashSet<string> _visited = new(StringComparer.Ordinal);

    private LogFolder(IReadOnlyList<ILogFormat> formats) => _formats = formats;

    public List<ClaimedFile> Files { get; } = [];

    /// <summary>Folders that could not be listed, or not even be found out about.</summary>
    public List<Trouble> Troubles { get; } = [];

    /// <summary>Links that lead nowhere or in circles. Nothing is missing but for them.</summary>
    public List<Trouble> BadLinks { get; } = [];

    /// <summary>Links to folders that were followed, by their own paths.</summary>
    public List<string> Links { get; } = [];

    /// <summary>Those of the files that are links, by their own paths.</summary>
    public List<string> LinkedFiles { get; } = [];

    /// <param name="roots">Folders or files; one that does not exist is passed over.</param>
    /// <param name="formats">The first that claims a file reads it.</param>
    public static LogFolder List(IEnumerable<string> roots, IReadOnlyList<ILogFormat> formats)
    {
        var result = new LogFolder(formats);
        foreach (var root in roots)
        {
            if (Directory.Exists(root))
            {
                result.Visit(new DirectoryInfo(root), "", TrackerPaths.WithoutLinks(root));
            }
            else if (new FileInfo(root) is { Exists: true } file && result._visited.Add(file.FullName))
            {
                result.Add(file, file.Name, IsLink(file));
            }
            else
            {
                result.TellClosed(root);
                result.TellBadLinkOnTheWayTo(root);
            }
        }

        return result;
    }

    /// <summary>Lists only what may have changed.</summary>
    /// <param name="roots">As they were listed before.</param>
    /// <param name="formats">The first that claims a file reads it.</param>
    /// <param name="changes">Paths of any kind, also below none of the roots.</param>
    public static LogFolder ListChanged(IReadOnlyList<string> roots, IReadOnlyList<ILogFormat> formats, IEnumerable<ChangedPath> changes)
    {
        var result = new LogFolder(formats);
        foreach (var changed in changes)
        {
            foreach (var root in roots)
            {
                if (TryGetRelativePath(root, changed.Path, out var relativePath) && result.TryList(root, changed, relativePath))
                {
                    break;
                }
            }
        }

        // A file and its new folder may both be among the changes.
        var seen = new HashSet<string>(StringComparer.Ordinal);
        result.Files.RemoveAll(claimed => !seen.Add(claimed.File.Path));
        return result;
    }

    /// <summary>The path below a root, with <c>/</c> on every system; empty for a folder that is the root, the name of a file that is.</summary>
    public static bool TryGetRelativePath(string root, string path, out string relativePath)
    {
        relativePath = "";
        var end = Path.EndsInDirectorySeparator(root) ? root.Length - 1 : root.Length; // A drive's own folder ends so.
        if (!path.StartsWith(root, StringComparison.Ordinal) || (path.Length > end && path[end] != Path.DirectorySeparatorChar))
        {
            return false;
        }

        relativePath = path.Length > root.Length ? path[(end + 1)..].Replace(Path.DirectorySeparatorChar, '/') : Path.GetFileName(path);
        return true;
    }

    /// <summary>A file as it is now; null when it has gone.</summary>
    public static ClaimedFile? Look(ClaimedFile claimed)
    {
        var folder = new LogFolder([claimed.Format]);
        var file = new FileInfo(claimed.File.Path);
        if (file.Exists)
        {
            folder.Add(file, claimed.File.RelativePath, IsLink(file));
        }

        return folder.Files.Count == 0 ? null : folder.Files[0];
    }

    /// <summary>Whether a path leads into a repository: clients keep the earlier states of people's projects there. No logs, and more files than all logs together.</summary>
    public static bool IsInRepository(ReadOnlySpan<char> relativePath)
    {
        foreach (var name in relativePath.SplitAny('/', '\\'))
        {
            if (relativePath[name] is Repository)
            {
                return true;
            }
        }

        return false;
    }

    /// <returns><see langword="false"/> for what is no log of this root.</returns>
    private bool TryList(string root, ChangedPath changed, string relativePath)
    {
        if (IsInRepository(relativePath))
        {
            return false;
        }

        if (new FileInfo(changed.Path) is { Exists: true } file)
        {
            var known = Files.Count;
            Add(file, relativePath, IsLink(file));
            return Files.Count > known;
        }

        if (changed.IsNew && new DirectoryInfo(changed.Path) is { Exists: true } folder)
        {
            Visit(folder, changed.Path.Length == root.Length ? "" : relativePath + '/', TrackerPaths.WithoutLinks(folder.FullName));
            return true;
        }

        return false;
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
                if (entry.Attributes == Gone)
                {
                    TellUnspeakable(folder, entry.Name);
                    continue;
                }

                if (entry is DirectoryInfo inner)
                {
                    VisitFolder(inner, $"{relativePath}{entry.Name}/", IsLink(inner), Path.Combine(realPath, entry.Name));
                }
                else
                {
                    Add((FileInfo)entry, relativePath + entry.Name, IsLink(entry));
                }
            }
        }
        catch (DirectoryNotFoundException)
        {
            // Removed since it was found, as clients do with folders that are locks. What is in it is not missing.
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Troubles.Add(new Trouble(folder.FullName, null, exception.Message));
        }
    }

    private void VisitFolder(DirectoryInfo folder, string relativePath, bool isLink, string realPath)
    {
        if (folder.Name == Repository)
        {
            return;
        }

        if (!isLink)
        {
            Visit(folder, relativePath, realPath);
        }
        else if (RealPath(folder) is { } target)
        {
            if (realPath.StartsWith(Path.TrimEndingDirectorySeparator(target) + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            {
                BadLinks.Add(new Trouble(folder.FullName, null, "is a link that leads back to a folder it is in; it is not followed"));
                return;
            }

            if (!_visited.Contains(target))
            {
                Links.Add(folder.FullName);
            }

            Visit(folder, relativePath, target);
        }
    }

    private void Add(FileInfo file, string relativePath, bool isLink)
    {
        var format = _formats.FirstOrDefault(format => format.Claims(relativePath));
        if (format is null)
        {
            // Of a link that leads nowhere it cannot be told whether it was to be a folder with logs; a name such as latest.txt is not one's.
            if (isLink && !Path.HasExtension(file.Name))
            {
                TellBadLink(file);
            }

            return;
        }

        var target = isLink ? TargetOf(file) : file;
        if (target is not { Exists: true })
        {
            TellClosed(target?.FullName ?? file.FullName);
            if (isLink)
            {
                TellBadLink(file);
            }

            return;
        }

        if (isLink && !_visited.Add(target.FullName))
        {
            return;
        }

        if (isLink)
        {
            LinkedFiles.Add(file.FullName);
        }

        if (OperatingSystem.IsWindows())
        {
            // A folder's list says how long a file was when somebody closed it last, and Codex keeps its log open for days (NTFS; devblogs.microsoft.com/oldnewthing/20111226-00).
            target.Refresh();
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

    // Often it is the client's folder that is a link, to a drive that is not mounted.
    private void TellBadLinkOnTheWayTo(string root)
    {
        var path = root;
        while (!Path.Exists(path) && Path.GetDirectoryName(path) is { } folder)
        {
            path = folder;
        }

        // It exists as a link, whatever it leads to.
        if (new FileInfo(path) is { LinkTarget: not null } link && BadLinks.TrueForAll(known => known.Path != path))
        {
            TellBadLink(link);
        }
    }

    private void TellBadLink(FileInfo link)
    {
        if (TargetOf(link) is not { } target)
        {
            BadLinks.Add(new Trouble(link.FullName, null, "is a link that leads in circles"));
        }
        else if (!Path.Exists(target.FullName) && ClosedFolder.On(target.FullName) is null)
        {
            BadLinks.Add(new Trouble(link.FullName, null, $"is a link to {target.FullName}, which does not exist"));
        }
    }

    // Folders of old systems, archives and drives with another code page have such names. .NET reads them with a sign for what is no UTF-8, and looks for a name with that sign from then on.
    private void TellUnspeakable(DirectoryInfo folder, string name)
    {
        if (name.Contains('\uFFFD', StringComparison.Ordinal) && (Troubles.Count == 0 || Troubles[^1].Path != folder.FullName))
        {
            Troubles.Add(new Trouble(folder.FullName, null, $"holds names that are not UTF-8 ({name}), and what these are of cannot be read; rename it"));
        }
    }

    /// <summary>What may not be looked at does not seem to exist: usually to a service that runs as another user.</summary>
    private void TellClosed(string path)
    {
        if (ClosedFolder.On(path) is { } closed && Troubles.TrueForAll(trouble => trouble.Path != closed))
        {
            Troubles.Add(new Trouble(closed, null, "may not be entered by this user, so that what is in it is not known"));
        }
    }

    // On Windows files are reparse points also in OneDrive's folders and on volumes without duplicates. Only links lead elsewhere, and .NET finds no target of the others (FileSystemInfo.LinkTarget, .NET 10).
    private static bool IsLink(FileSystemInfo entry) => (entry.Attributes & FileAttributes.ReparsePoint) != 0 && entry.LinkTarget is not null;

    // Null for a link that leads nowhere, in circles or to a file.
    private static string? RealPath(DirectoryInfo link) => TargetOf(link) is { } target && Directory.Exists(target.FullName) ? target.FullName : null;

    // Null for a link that leads in circles.
    private static FileInfo? TargetOf(FileSystemInfo link) => new FileInfo(TrackerPaths.WithoutLink(link.FullName)) is { LinkTarget: null } target ? target : null;
}
