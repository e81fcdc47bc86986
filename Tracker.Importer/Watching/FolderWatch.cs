using Tracker.Importer.Importing;

namespace Tracker.Importer.Watching;

/// <summary>The operating system's notifications about one folder.</summary>
internal sealed class FolderWatch : IDisposable
{
    private const string DatabaseLog = "-wal";

    private readonly FileSystemWatcher _watcher;
    private volatile IReadOnlyList<WatchedFolder> _folders;
    private readonly LogChanges _changes;
    private volatile Exception? _trouble;

    /// <param name="folders">One folder, on behalf of one root or several.</param>
    /// <param name="changes">Gets what has changed, on any thread.</param>
    public FolderWatch(IReadOnlyList<WatchedFolder> folders, LogChanges changes)
    {
        (_folders, _changes) = (folders, changes);
        BornAt = BirthOf(folders[0].Path);
        _watcher = new FileSystemWatcher
        {
            IncludeSubdirectories = folders[0].IsTree,
            NotifyFilter = FilterFor(folders),
            InternalBufferSize = 64 * 1024,
        };
        _watcher.Changed += (_, change) => OnChange(change, isNew: false);
        _watcher.Created += (_, change) => OnNamed(change, change.FullPath);
        _watcher.Renamed += (_, change) => OnNamed(change, change.OldFullPath);
        _watcher.Deleted += (_, change) => OnRoot(change.FullPath);
        _watcher.Error += (_, error) => OnError(error.GetException());
        try
        {
            _watcher.Path = folders[0].Path;
            _watcher.EnableRaisingEvents = true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or PlatformNotSupportedException)
        {
            _trouble = exception;
        }
    }

    /// <summary>Why changes may be missed; null while none are.</summary>
    public Exception? Trouble => _trouble;

    /// <summary>When the folder came into being, so that another one of its name is known.</summary>
    public DateTime BornAt { get; }

    /// <summary>Watches on behalf of others.</summary>
    /// <param name="folders">The same folder.</param>
    public void Serve(IReadOnlyList<WatchedFolder> folders)
    {
        _folders = folders;
        _watcher.NotifyFilter = FilterFor(folders); // Nothing happens if it is the same.
    }

    public static DateTime BirthOf(string folder) => Directory.GetCreationTimeUtc(folder);

    public void Dispose() => _watcher.Dispose();

    // Not LastAccess, or reading a file would be a reason to read it. On the way to a root only names tell anything.
    private static NotifyFilters FilterFor(IReadOnlyList<WatchedFolder> folders) =>
        NotifyFilters.FileName | NotifyFilters.DirectoryName | (folders.Any(folder => folder.Formats.Count > 0) ? NotifyFilters.LastWrite | NotifyFilters.Size : 0);

    private void OnNamed(FileSystemEventArgs change, string oldPath)
    {
        OnRoot(change.FullPath);
        OnRoot(oldPath);
        OnChange(change, isNew: true);
    }

    // A root, or a folder above one, has come or gone: what is to be read and watched is another.
    private void OnRoot(string path)
    {
        if (_folders.Any(folder => folder.Formats.Count == 0 && folder.LeadsToRoot(path)))
        {
            _changes.AddEverything();
        }
    }

    // Runs on the thread that empties the operating system's buffer, so it is quick.
    private void OnChange(FileSystemEventArgs change, bool isNew)
    {
        try
        {
            // What a program has written to its database lies in the log beside it at first.
            var path = change.FullPath.EndsWith(DatabaseLog, StringComparison.Ordinal) ? change.FullPath[..^DatabaseLog.Length] : change.FullPath;
            if (!LogFolder.IsInRepository(change.Name) && (_folders.Any(folder => IsLog(folder, path)) || (isNew && _folders.Any(folder => folder.Formats.Count > 0) && Directory.Exists(path))))
            {
                _changes.Add(new ChangedPath(path, isNew));
            }
        }
        catch (Exception exception)
        {
            OnError(exception); // Nobody else would ever hear of it.
        }
    }

    private static bool IsLog(WatchedFolder folder, string path) =>
        LogFolder.TryGetRelativePath(folder.Root, path, out var relativePath) && folder.Formats.Any(format => format.Claims(relativePath));

    private void OnError(Exception exception)
    {
        if (exception is UnauthorizedAccessException)
        {
            return; // Of one folder below, which cannot be listed either and is told for that; the others are watched.
        }

        _trouble ??= exception;
        _changes.AddEverything();
    }
}
