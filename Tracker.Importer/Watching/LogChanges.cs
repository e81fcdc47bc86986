using Tracker.Importer.Importing;

namespace Tracker.Importer.Watching;

/// <summary>What may have changed since it was last taken. Filled by any thread, taken by one.</summary>
internal sealed class LogChanges
{
    // Past this, looking at everything is less work than looking at each.
    private const int MostPaths = 2000;

    private readonly Lock _lock = new();
    private Dictionary<string, bool> _paths = new(StringComparer.Ordinal);
    private bool _isEverything;
    private TaskCompletionSource _any = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Add(ChangedPath changed)
    {
        lock (_lock)
        {
            if (_isEverything)
            {
                return;
            }

            _paths[changed.Path] = changed.IsNew || _paths.GetValueOrDefault(changed.Path);
            if (_paths.Count > MostPaths)
            {
                AddEverything();
            }

            _any.TrySetResult();
        }
    }

    /// <summary>Changes may have been missed: everything is to be looked at.</summary>
    public void AddEverything()
    {
        lock (_lock)
        {
            _isEverything = true;
            _paths = new(StringComparer.Ordinal);
            _any.TrySetResult();
        }
    }

    /// <returns>The changes; null for everything.</returns>
    public IReadOnlyList<ChangedPath>? Take()
    {
        lock (_lock)
        {
            var paths = _isEverything ? null : _paths.Select(path => new ChangedPath(path.Key, path.Value)).ToList();
            (_isEverything, _paths) = (false, new(StringComparer.Ordinal));
            _any = new(TaskCreationOptions.RunContinuationsAsynchronously);
            return paths;
        }
    }

    /// <summary>Waits for a change.</summary>
    /// <returns><see langword="false"/> when there was none for that long.</returns>
    /// <exception cref="OperationCanceledException">The program was told to stop.</exception>
    public async Task<bool> WaitAsync(TimeSpan longest, TimeProvider time, CancellationToken cancellationToken)
    {
        Task any;
        lock (_lock)
        {
            any = _any.Task;
        }

        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(any, Task.Delay(longest, time, end.Token));
        await end.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
        return any.IsCompleted;
    }
}
