using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Tracker.Importer.Importing;
using Tracker.Importer.Sources;
using Tracker.Storage.Hosting;

namespace Tracker.Importer;

/// <summary>Makes one pass and ends the program, or one every <c>Importer:Interval</c> until it is stopped.</summary>
internal sealed partial class ImporterService(
    ImportPass pass, IReadOnlyList<IUsageSource> sources, ImporterArguments arguments, IOptions<ImporterOptions> options, TimeProvider time,
    IHostApplicationLifetime lifetime, ILogger<ImporterService> logger) : BackgroundService
{
    /// <summary>A single run waits this long for calls of a moment ago that can be joined to what the proxy saw of them only when they have settled.</summary>
    private static readonly TimeSpan LongestWaitToJoin = TimeSpan.FromSeconds(5);

    // Calls of a moment ago settle one after the other; a pass for each would be many.
    private static readonly TimeSpan ShortestWaitToJoin = TimeSpan.FromMilliseconds(500);

    private DateTimeOffset? _nextJoinAt;

    /// <summary>What the one pass did; null before its end and with <c>--watch</c>.</summary>
    public PassReport? Report { get; private set; }

    /// <summary>Why the one pass failed.</summary>
    public StartupFailure? Failure { get; private set; }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => arguments.Watch ? WatchAsync(stoppingToken) : RunOnceAsync(stoppingToken);

    private async Task RunOnceAsync(CancellationToken stoppingToken)
    {
        try
        {
            Report = await RunPassAsync(stoppingToken);
            var latest = time.GetUtcNow() + LongestWaitToJoin;
            while (PauseUntilJoin(latest - time.GetUtcNow()) is { } pause)
            {
                await Task.Delay(pause, time, stoppingToken);
                Report = Report.FollowedBy(await RunPassAsync(stoppingToken));
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            Failure = new StartupFailure("Stopped before its end. What was stored is kept; the next pass goes on from there.", ExitCodes.Failed);
        }
        catch (Exception exception) when (ImporterFailure.Explain(exception) is { } failure)
        {
            Failure = failure;
            LogPassFailed(failure.Message);
        }
        finally
        {
            lifetime.StopApplication();
        }
    }

    private async Task WatchAsync(CancellationToken stoppingToken)
    {
        LogWatching(TrackerVersion.Text, string.Join(", ", sources.Select(source => source.Client)), options.Value.Interval);
        var hasFailed = false;
        try
        {
            while (true)
            {
                hasFailed = await TryPassAsync(hasFailed, stoppingToken);
                await Task.Delay(PauseUntilJoin(options.Value.Interval) ?? options.Value.Interval, time, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Told to stop.
        }
    }

    /// <returns>Whether the pass failed. A failure that lasts is told once.</returns>
    private async Task<bool> TryPassAsync(bool hadFailed, CancellationToken stoppingToken)
    {
        try
        {
            await RunPassAsync(stoppingToken);
            if (hadFailed)
            {
                LogPassWorksAgain();
            }

            return false;
        }
        catch (Exception exception) when (ImporterFailure.Explain(exception) is { } failure)
        {
            if (!hadFailed)
            {
                LogPassFailed(failure.Message);
            }

            return true;
        }
    }

    // Reading files and writing to SQLite block, so a pass gets a thread of its own.
    private async Task<PassReport> RunPassAsync(CancellationToken stoppingToken)
    {
        _nextJoinAt = null;
        var report = await Task.Factory.StartNew(() => pass.Run(sources, stoppingToken), stoppingToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        _nextJoinAt = report.NextJoinAt;
        return report;
    }

    /// <returns>Null when there is nothing to wait for, or not within <paramref name="longest"/>.</returns>
    private TimeSpan? PauseUntilJoin(TimeSpan longest)
    {
        if (_nextJoinAt - time.GetUtcNow() is not { } pause || pause > longest)
        {
            return null;
        }

        return pause > ShortestWaitToJoin ? pause + TimeSpan.FromMilliseconds(1) : ShortestWaitToJoin;
    }

    [LoggerMessage(EventIds.Watching, LogLevel.Information, "Tracker {Version} imports {Sources} every {Interval}", EventName = nameof(EventIds.Watching))]
    private partial void LogWatching(string version, string sources, TimeSpan interval);

    [LoggerMessage(EventIds.PassFailed, LogLevel.Error, "The import failed: {Reason}", EventName = nameof(EventIds.PassFailed))]
    private partial void LogPassFailed(string reason);

    [LoggerMessage(EventIds.PassWorksAgain, LogLevel.Information, "The import works again", EventName = nameof(EventIds.PassWorksAgain))]
    private partial void LogPassWorksAgain();
}
