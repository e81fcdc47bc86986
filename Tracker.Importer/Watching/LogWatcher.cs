using Microsoft.Extensions.Logging;

namespace Tracker.Importer.Watching;

/// <summary>Keeps a watch on folders, as far as the operating system can. Used by one thread; the changes come on others.</summary>
internal sealed partial class LogWatcher(LogChanges changes, ILogger<LogWatcher> logger) : IDisposable
{
    private readonly Dictionary<(string Path, bool IsTree), FolderWatch> _watches = [];
    private readonly Dictionary<(string Path, bool IsTree), string> _unwatched = [];
    private HashSet<string> _knownReasons = [];

    // Folders that are watched for no more than a root that may come or go: that is worth no warning.
    private readonly HashSet<(string Path, bool IsTree)> _ways = [];

    /// <summary>Folders with logs whose changes nobody tells of.</summary>
    public IReadOnlyList<string> Unwatched => [.. Untold.Select(folder => folder.Key.Path)];

    private IEnumerable<KeyValuePair<(string Path, bool IsTree), string>> Untold => _unwatched.Where(folder => !_ways.Contains(folder.Key));

    /// <summary>Watches these folders and no others.</summary>
    /// <param name="folders">Folders that exist.</param>
    /// <param name="mayTryAgain">A folder that could not be watched is tried once more.</param>
    /// <returns>Whether a watch of logs has begun: changes just before it may have been missed.</returns>
    public bool Watch(IEnumerable<WatchedFolder> folders, bool mayTryAgain)
    {
        var wanted = folders.GroupBy(folder => (folder.Path, folder.IsTree)).ToDictionary(group => group.Key, group => group.ToList());
        foreach (var key in _watches.Keys.Where(key => !wanted.ContainsKey(key) || _watches[key].BornAt != FolderWatch.BirthOf(key.Path)).ToList())
        {
            End(key);
        }

        foreach (var key in _unwatched.Keys.Where(key => mayTryAgain || !wanted.ContainsKey(key)).ToList())
        {
            _unwatched.Remove(key);
        }

        _ways.Clear();
        _ways.UnionWith(wanted.Where(folder => folder.Value.TrueForAll(one => one.Formats.Count == 0)).Select(folder => folder.Key));
        var hasBegun = false;
        // Those of logs first: a system may have room for no more than them.
        foreach (var (key, group) in wanted.OrderBy(folder => _ways.Contains(folder.Key)))
        {
            // A single folder is watched from one moment on, and what was there before is listed.
            hasBegun |= Watch(key, group) && !_ways.Contains(key);
        }

        TellUnwatched();
        return hasBegun;
    }

    public void Dispose()
    {
        foreach (var watch in _watches.Values)
        {
            watch.Dispose();
        }

        _watches.Clear();
    }

    private bool Watch((string Path, bool IsTree) key, List<WatchedFolder> group)
    {
        if (_watches.TryGetValue(key, out var watch))
        {
            if (watch.Trouble is null)
            {
                watch.Serve(group);
                return false;
            }

            End(key);
            if (watch.Trouble is not InternalBufferOverflowException)
            {
                _unwatched[key] = ReasonOf(watch.Trouble);
                return false;
            }
        }

        if (_unwatched.ContainsKey(key))
        {
            return false;
        }

        if (UnnotifiedFileSystems.NameAt(key.Path) is { } fileSystem)
        {
            _unwatched[key] = $"the file system, {fileSystem}, does not tell of changes";
            return false;
        }

        watch = new FolderWatch(group, changes);
        if (watch.Trouble is { } trouble)
        {
            watch.Dispose(); // Half a watch would take from others what they need, and be none.
            _unwatched[key] = ReasonOf(trouble);
            return false;
        }

        _watches[key] = watch;
        return true;
    }

    private void End((string Path, bool IsTree) key)
    {
        _watches.Remove(key, out var watch);
        watch?.Dispose();
    }

    private static string ReasonOf(Exception trouble)
    {
        // errno of inotify_init and inotify_add_watch at the user's limits (inotify(7)).
        const int tooManyInstances = 24;
        const int tooManyWatches = 28;
        var advice = !OperatingSystem.IsLinux() ? "" : trouble.HResult switch
        {
            tooManyInstances => " Raise it: sudo sysctl fs.inotify.max_user_instances=512, and the same line in /etc/sysctl.d/60-inotify.conf to keep it.",
            tooManyWatches => " Raise it: sudo sysctl fs.inotify.max_user_watches=524288, and the same line in /etc/sysctl.d/60-inotify.conf to keep it.",
            _ => "",
        };
        return trouble.Message + advice;
    }

    // Once for each reason, and again when it had gone.
    private void TellUnwatched()
    {
        var byReason = Untold.GroupBy(folder => folder.Value, folder => folder.Key.Path).ToList();
        foreach (var reason in byReason.Where(reason => !_knownReasons.Contains(reason.Key)))
        {
            LogCannotWatch(string.Join(", ", reason), reason.Key, WatchLoop.PollInterval.TotalSeconds);
        }

        if (_knownReasons.Count > 0 && byReason.Count == 0)
        {
            LogWatchesAgain();
        }

        _knownReasons = [.. byReason.Select(reason => reason.Key)];
    }

    [LoggerMessage(EventIds.CannotWatch, LogLevel.Warning, "Changes in {Folders} are not noticed at once ({Reason}); files there that changed lately are looked at every {Seconds} s instead, all of them in every full pass", EventName = nameof(EventIds.CannotWatch))]
    private partial void LogCannotWatch(string folders, string reason, double seconds);

    [LoggerMessage(EventIds.WatchesAgain, LogLevel.Information, "All folders with logs are watched again", EventName = nameof(EventIds.WatchesAgain))]
    private partial void LogWatchesAgain();
}
