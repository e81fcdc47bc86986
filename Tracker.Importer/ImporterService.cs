using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Tracker.Importer.Care;
using Tracker.Importer.Importing;
using Tracker.Importer.Sources;
using Tracker.Importer.Watching;
using Tracker.Storage.Hosting;

namespace Tracker.Importer;

/// <summary>Makes one pass and ends the program, or stays until it is stopped (<see cref="WatchLoop"/>).</summary>
internal sealed partial class ImporterService(
    ImportPass pass, Pruner pruner, WatchLoop watching, IReadOnlyList<IUsageSource> sources, ImporterArguments arguments, TimeProvider time, IHostApplicationLifetime lifetime,
    ILogger<ImporterService> logger) : BackgroundService
{
    /// <summary>A single run waits this long for calls of a moment ago that can be joined to what the proxy saw of them only when they have settled.</summary>
    private static readonly TimeSpan LongestWaitToJoin = TimeSpan.FromSeconds(5);

    private static readonly StartupFailure Stopped = new("Stopped before its end. What was stored is kept; the next pass goes on from there.", ExitCodes.Failed);

    /// <summary>What the one pass did; null before its end and with <c>--watch</c>.</summary>
    public PassReport? Report { get; private set; }

    /// <summary>Why the one pass failed. A pass that has not ended was stopped: a file system that does not answer can hold it up for longer than the host waits.</summary>
    public StartupFailure? Failure { get; private set; }

    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        pass.ReadsAgain = arguments.Again;
        return arguments.Watch ? WatchAsync(stoppingToken) : RunOnceAsync(stoppingToken);
    }

    private async Task RunOnceAsync(CancellationToken stoppingToken)
    {
        Failure = Stopped;
        try
        {
            Report = await RunPassAsync(stoppingToken);
            Failure = null;
            var latest = time.GetUtcNow() + LongestWaitToJoin;
            while (Report.PauseUntilJoin(time.GetUtcNow()) is { } pause && Report.NextJoinAt <= latest)
            {
                await Task.Delay(pause, time, stoppingToken);
                Report = Report.FollowedBy(await RunPassAsync(stoppingToken));
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            Failure = Stopped;
        }
        catch (Exception exception) when (ImporterFailure.Explain(exception) is { } failure)
        {
            Failure = failure;
            LogPassFailed(failure.Message);
        }
        catch (Exception exception)
        {
            Failure = null;
            LogPassBroke(exception); // The host's own word of it is switched off (TrackerLogging).
            throw;
        }
        finally
        {
            lifetime.StopApplication();
        }
    }

    private async Task WatchAsync(CancellationToken stoppingToken)
    {
        try
        {
            await watching.RunAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Told to stop.
        }
    }

    // Reading files and writing to SQLite block, so a pass gets a thread of its own.
    private Task<PassReport> RunPassAsync(CancellationToken stoppingToken) =>
        Task.Factory.StartNew(() => RunPass(stoppingToken), stoppingToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private PassReport RunPass(CancellationToken stoppingToken)
    {
        var report = pass.Run(sources, stoppingToken);
        pruner.ObeyRetention(stoppingToken); // When all is stored and joined.
        return report;
    }

    [LoggerMessage(EventIds.PassFailed, LogLevel.Error, "The import failed: {Reason}", EventName = nameof(EventIds.PassFailed))]
    private partial void LogPassFailed(string reason);

    [LoggerMessage(EventIds.PassBroke, LogLevel.Critical, "The import ended by a fault of Tracker's own. What was stored is kept; the next pass goes on from there", EventName = nameof(EventIds.PassBroke))]
    private partial void LogPassBroke(Exception exception);
}
