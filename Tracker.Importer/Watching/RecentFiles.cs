using Tracker.Importer.Importing;

namespace Tracker.Importer.Watching;

/// <summary>
/// The files that changed last in folders that nobody watches for us, and their folders: whether they have changed is looked up now and then. A file that has been
/// quiet for longer waits for the full pass.
/// </summary>
internal sealed class RecentFiles
{
    // What a person works in at once is a few; more would be felt on a slow network.
    private const int FilesKept = 50;

    private readonly Dictionary<string, ClaimedFile> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DateTime> _folders = new(StringComparer.Ordinal);
    private IReadOnlyList<string> _roots = [];
    private HashSet<string> _links = [];

    /// <summary>Whether there is anything to look at.</summary>
    public bool HasAny => _roots.Count > 0 || _links.Count > 0;

    /// <summary>Begins anew, after a full pass.</summary>
    /// <param name="roots">Folders that nobody watches.</param>
    /// <param name="links">Files that are links: of what they lead to nobody tells.</param>
    /// <param name="files">All files that were listed.</param>
    /// <param name="listedAt">When that began.</param>
    public void Begin(IReadOnlyList<string> roots, IEnumerable<string> links, IEnumerable<ClaimedFile> files, DateTimeOffset listedAt)
    {
        _roots = roots;
        _links = links.ToHashSet(StringComparer.Ordinal);
        _files.Clear();
        _folders.Clear();
        Add(files, listedAt);
    }

    /// <summary>Adds files that were found later.</summary>
    /// <inheritdoc cref="Begin" path="/param"/>
    public void Add(IEnumerable<ClaimedFile> files, DateTimeOffset listedAt)
    {
        foreach (var file in files.Where(claimed => _links.Contains(claimed.File.Path) || IsUnwatched(claimed)))
        {
            _files[file.File.Path] = file;
        }

        foreach (var old in _files.Values.OrderByDescending(claimed => claimed.File.ModifiedAtTicks).Skip(FilesKept).ToList())
        {
            _files.Remove(old.File.Path);
        }

        foreach (var folder in _files.Values.Where(IsUnwatched).Select(claimed => Path.GetDirectoryName(claimed.File.Path)!).Concat(_roots).Where(folder => !_folders.ContainsKey(folder)).ToList())
        {
            // What came into the folder while it was listed may be missing from the list.
            var changedAt = ChangedAt(folder);
            _folders[folder] = changedAt < listedAt.UtcDateTime ? changedAt : default;
        }
    }

    private bool IsUnwatched(ClaimedFile claimed) => _roots.Any(root => LogFolder.TryGetRelativePath(root, claimed.File.Path, out _));

    // A network drive that is gone answers with an error: when it is back, its folders have changed.
    private static DateTime ChangedAt(string folder)
    {
        try
        {
            return Directory.GetLastWriteTimeUtc(folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return default;
        }
    }

    /// <summary>Looks at them.</summary>
    public IReadOnlyList<ChangedPath> FindChanged()
    {
        var changed = new List<ChangedPath>();
        foreach (var folder in _folders.Keys.ToList())
        {
            var changedAt = ChangedAt(folder);
            if (changedAt != _folders[folder])
            {
                _folders[folder] = changedAt;
                changed.Add(new ChangedPath(folder, IsNew: true));
            }
        }

        foreach (var (path, claimed) in _files.ToList())
        {
            if (LogFolder.Look(claimed) is { } now && now.File != claimed.File)
            {
                _files[path] = now;
                changed.Add(new ChangedPath(path, IsNew: false));
            }
        }

        return changed;
    }
}
