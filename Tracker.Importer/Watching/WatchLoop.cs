using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Tracker.Importer.Care;
using Tracker.Importer.Importing;
using Tracker.Importer.Sources;
using Tracker.Storage.Hosting;

namespace Tracker.Importer.Watching;

/// <summary>
/// Makes a full pass every <c>Importer:Interval</c>, and in between reads what changes as soon as it does (docs/adr/0012-importer-engine.md). Between changes it sleeps.
/// </summary>
internal sealed partial class WatchLoop(
    ImportPass pass, Pruner pruner, IReadOnlyList<IUsageSource> sources, LogChanges changes, LogWatcher watcher, IOptions<ImporterOptions> options, TimeProvider time, ILogger<WatchLoop> logger)
{
    /// <summary>How often files are looked at that nobody watches for us.</summary>
    public static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(2);

    // One write rarely comes alone: a client writes its line in pieces, or to several files.
    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(200);

    // A file that keeps growing is read about once a second.
    private static readonly TimeSpan Breath = TimeSpan.FromSeconds(1);

    // What changed while a watch began may have been missed.
    private static readonly TimeSpan SecondLook = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(10);

    private readonly RecentFiles _recentFiles = new();
    // By a clock that nobody sets: one that was hours ahead and is set back would keep the next pass waiting for as long.
    private readonly long _begun = time.GetTimestamp();
    private TimeSpan _nextFullPass;
    private TimeSpan _nextTry;

    private TimeSpan Now => time.GetElapsedTime(_begun);

    /// <summary>Runs until it is told to stop.</summary>
    /// <exception cref="OperationCanceledException">It was.</exception>
    public async Task RunAsync(CancellationToken stoppingToken)
    {
        LogWatching(TrackerVersion.Text, string.Join(", ", sources.Select(source => source.Client)), options.Value.Interval);
        var hasFailed = false;
        while (true)
        {
            hasFailed = await TryPassAsync(hasFailed, stoppingToken);
            if (hasFailed)
            {
                changes.AddEverything();
                await Task.Delay(Shorter(PauseAfterFailure, options.Value.Interval), time, stoppingToken);
            }
            else
            {
                await WaitForWorkAsync(stoppingToken);
            }
        }
    }

    /// <returns>Whether the pass failed. A failure that lasts is told once.</returns>
    private async Task<bool> TryPassAsync(bool hadFailed, CancellationToken stoppingToken)
    {
        try
        {
            // Reading files and writing to SQLite block, so a pass gets a thread of its own.
            await Task.Factory.StartNew(() => RunPass(stoppingToken), stoppingToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            if (hadFailed)
            {
                LogPassWorksAgain();
            }

            return false;
        }
        catch (Exception exception) when (Explain(exception) is { } failure)
        {
            if (!hadFailed)
            {
                LogPassFailed(failure.Message);
            }

            return true;
        }
    }

    // A drive that has gone may fail any question that is not about a single log.
    private static StartupFailure? Explain(Exception exception) => ImporterFailure.Explain(exception) ?? exception switch
    {
        IOException or UnauthorizedAccessException => new(exception.Message, ExitCodes.Failed),
        AggregateException { InnerException: { } inner } => Explain(inner),
        _ => null,
    };

    private void RunPass(CancellationToken stoppingToken)
    {
        var now = Now;
        if (changes.Take() is { } changed && now < _nextFullPass)
        {
            var partial = pass.Run(sources, changed, stoppingToken);
            _recentFiles.Add(partial.Listed, partial.StartedAt);
            FollowUp(partial);
            return;
        }

        var mayTryAgain = now >= _nextTry;
        // Before the logs are listed, so that nothing falls in between.
        var hasBegun = watcher.Watch(FoldersToWatch(), mayTryAgain);
        var report = pass.Run(sources, stoppingToken);
        // Folders that links lead to are known only now.
        hasBegun |= watcher.Watch(FoldersToWatch(), mayTryAgain: false);
        // A link to a file is told of when the link changes, not the file.
        _recentFiles.Begin(OperatingSystem.IsWindows() ? RootsThere() : watcher.Unwatched, pass.Logs.SelectMany(logs => logs.Folder.LinkedFiles), report.Listed, report.StartedAt);
        var end = Now;
        _nextTry = mayTryAgain ? end + options.Value.Interval : _nextTry;
        _nextFullPass = end + (hasBegun ? Shorter(SecondLook, options.Value.Interval) : options.Value.Interval);
        FollowUp(report);
        pruner.ObeyRetention(stoppingToken);
    }

    // Only a full pass joins calls: see ImportPass.
    private void FollowUp(PassReport report)
    {
        if (report.PauseUntilJoin(time.GetUtcNow()) is { } pause && Now + pause is var join && join < _nextFullPass)
        {
            _nextFullPass = join;
        }
    }

    private async Task WaitForWorkAsync(CancellationToken stoppingToken)
    {
        var breath = Task.Delay(Breath, time, stoppingToken);
        while (_nextFullPass - Now is var pause && pause > TimeSpan.Zero)
        {
            var mustPoll = _recentFiles.HasAny;
            if (await changes.WaitAsync(mustPoll ? Shorter(PollInterval, pause) : pause, time, stoppingToken))
            {
                await Task.WhenAll(breath, Task.Delay(Settling, time, stoppingToken));
                return;
            }

            foreach (var changed in mustPoll ? _recentFiles.FindChanged() : [])
            {
                changes.Add(changed);
            }
        }
    }

    // Windows tells of what is written to a file when its program closes it, or when somebody looks (dotnet/runtime#81717, seen 2026-11): so the newest are looked at.
    private List<string> RootsThere() => [.. sources.SelectMany(source => source.FindRoots()).Where(Directory.Exists).Distinct(StringComparer.Ordinal)];

    private IEnumerable<WatchedFolder> FoldersToWatch()
    {
        var links = pass.Logs.ToDictionary(logs => logs.Source, logs => logs.Folder.Links);
        foreach (var source in sources)
        {
            foreach (var root in source.FindRoots())
            {
                foreach (var way in WatchedFolder.OnTheWayTo(root))
                {
                    yield return way;
                }

                if (Directory.Exists(root))
                {
                    yield return new WatchedFolder(root, root, IsTree: true, source.Formats);
                }
                else if (File.Exists(root))
                {
                    yield return new WatchedFolder(Path.GetDirectoryName(root)!, root, IsTree: false, source.Formats);
                }

                foreach (var link in links.GetValueOrDefault(source) ?? [])
                {
                    if (LogFolder.TryGetRelativePath(root, link, out _) && Directory.Exists(link))
                    {
                        yield return new WatchedFolder(link, root, IsTree: true, source.Formats);
                    }
                }
            }
        }
    }

    private static TimeSpan Shorter(TimeSpan left, TimeSpan right) => left < right ? left : right;

    [LoggerMessage(EventIds.Watching, LogLevel.Information, "Tracker {Version} imports {Sources} when they change, and every {Interval}", EventName = nameof(EventIds.Watching))]
    private partial void LogWatching(string version, string sources, TimeSpan interval);

    [LoggerMessage(EventIds.PassFailed, LogLevel.Error, "The import failed: {Reason}", EventName = nameof(EventIds.PassFailed))]
    private partial void LogPassFailed(string reason);

    [LoggerMessage(EventIds.PassWorksAgain, LogLevel.Information, "The import works again", EventName = nameof(EventIds.PassWorksAgain))]
    private partial void LogPassWorksAgain();
}
