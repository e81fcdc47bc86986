using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Tracker.Importer.Sources;
using Tracker.Storage.Imports;

namespace Tracker.Importer.Importing;

/// <summary>
/// Reads the changed files of one source on threads of its own, largest first, and hands over what they hold through a bounded queue: SQLite is busy meanwhile, and memory does
/// not grow with the logs.
/// </summary>
internal sealed class SourceScan : IDisposable
{
    private const int Threads = 2;

    // The writer is the slower one, so as many are always waiting; each collection of garbage has to keep them.
    private const int PortionsWaiting = 4;

    private static readonly TimeSpan LongestSilence = TimeSpan.FromMilliseconds(100);

    private readonly BlockingCollection<IReadOnlyList<ImportStep>> _steps = new(PortionsWaiting);
    private readonly CancellationTokenSource _stop;
    private readonly FileResult?[] _results;
    private readonly Task _scanning;
    private int _next = -1;

    /// <param name="source">Whose logs they are.</param>
    /// <param name="files">What is to be read.</param>
    /// <param name="cursors">How far files were read before, by path.</param>
    /// <param name="onBytes">Gets the number of bytes that were read since it was last called, on any thread.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Gets what is wrong with files.</param>
    /// <param name="cancellationToken">Ends it in the middle.</param>
    public SourceScan(
        IUsageSource source, IEnumerable<ClaimedFile> files, IReadOnlyDictionary<string, ImportCursor> cursors, Action<long> onBytes, TimeProvider time, ILogger logger,
        CancellationToken cancellationToken)
    {
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        // The largest first, so that no thread is left alone with it at the end.
        var ordered = files.OrderByDescending(claimed => claimed.File.Length - (claimed.CursorIn(cursors)?.Offset ?? 0)).ToList();
        _results = new FileResult?[ordered.Count];
        var tasks = Enumerable.Range(0, Math.Min(Threads, ordered.Count)).Select(_ => Task.Factory.StartNew(
            () => ReadFiles(new FileReader(source, steps => _steps.Add(steps, _stop.Token), time, logger), ordered, cursors, onBytes), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default));
        _scanning = Task.WhenAll(tasks).ContinueWith(
            all =>
            {
                _steps.CompleteAdding();
                all.GetAwaiter().GetResult();
            },
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>What was read of each file; whole when all steps were taken.</summary>
    public IReadOnlyList<FileResult> Results => [.. _results.Where(result => result is not null).Select(result => result!)];

    /// <summary>
    /// The steps, as they come, and an empty portion whenever none have come for a while: a file may take long to read, or for ever where a network drive is gone, and who takes them has
    /// a transaction to end. Steps of one file stay in their order.
    /// </summary>
    /// <exception cref="OperationCanceledException">It was told to stop.</exception>
    public IEnumerable<IReadOnlyList<ImportStep>> TakeSteps()
    {
        while (!_steps.IsCompleted)
        {
            yield return _steps.TryTake(out var steps, LongestSilence) ? steps : [];
        }

        _scanning.GetAwaiter().GetResult();
    }

    /// <summary>Ends the reading, also in its middle.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        Task.WaitAny(_scanning); // Which throws nothing.
        _steps.Dispose();
        _stop.Dispose();
    }

    private void ReadFiles(FileReader reader, List<ClaimedFile> files, IReadOnlyDictionary<string, ImportCursor> cursors, Action<long> onBytes)
    {
        while (Interlocked.Increment(ref _next) is var index && index < files.Count)
        {
            var file = files[index];
            _results[index] = reader.Read(file, file.CursorIn(cursors), onBytes, _stop.Token);
        }

        reader.HandOver();
    }
}
