using Microsoft.Extensions.Logging;
using Tracker.Importer.Sources;
using Tracker.Storage.Connections;
using Tracker.Storage.Imports;
using Tracker.Storage.Pricing;

namespace Tracker.Importer.Importing;

/// <summary>One pass over the sources: lists their files, opens those that are new or changed, and stores what they hold.</summary>
internal sealed partial class ImportPass(TrackerConnectionFactory connections, PriceBooks prices, TimeProvider time, ProgressDisplay progress, ILogger<ImportPass> logger)
{
    // A folder that cannot be listed is told once, not in every pass.
    private readonly HashSet<Trouble> _knownFolderTroubles = [];
    private string? _knownPriceTrouble;

    /// <exception cref="StorageException">The database cannot be used.</exception>
    /// <exception cref="Microsoft.Data.Sqlite.SqliteException">The database cannot be written. What was stored stays, and the next pass goes on from there.</exception>
    /// <exception cref="OperationCanceledException">It was told to stop; the same holds.</exception>
    public PassReport Run(IReadOnlyList<IUsageSource> sources, CancellationToken cancellationToken)
    {
        var startedAt = time.GetUtcNow();
        var started = time.GetTimestamp();
        prices.LookAgain();
        TellPriceTrouble();
        using var store = new StepStore(connections, prices, time, logger, cancellationToken);
        var priced = store.PriceUnpriced();
        var plans = sources.Select(source => Plan(source, store)).ToList();
        var reports = progress.Track(
            plans.Sum(plan => plan.BytesToRead), onBytes => plans.Select(plan => Read(plan, store, onBytes, cancellationToken)).ToList());
        var (joined, nextJoinAt) = store.Join(startedAt, UsageSources.Clients);
        store.SetLastImport();

        var report = new PassReport
        {
            Database = connections.DatabasePath,
            StartedAt = startedAt,
            DurationMs = (long)time.GetElapsedTime(started).TotalMilliseconds,
            RowsAdded = store.RowsAdded,
            Joined = joined,
            NextJoinAt = nextJoinAt,
            CallsPriced = priced,
            Sources = reports,
        };
        LogEnded(report);
        if (priced > 0)
        {
            LogCallsPriced(priced);
        }

        return report;
    }

    /// <summary>What there is to read of one source.</summary>
    private sealed record SourcePlan(
        IUsageSource Source, IReadOnlyList<string> Roots, LogFolder Folder, IReadOnlyDictionary<string, ImportCursor> Cursors, IReadOnlyList<ClaimedFile> Changed)
    {
        public long BytesToRead => Changed.Sum(changed => Math.Max(0, changed.File.Length - (Cursors.GetValueOrDefault(changed.File.Path)?.Offset ?? 0)));
    }

    private SourcePlan Plan(IUsageSource source, StepStore store)
    {
        var roots = source.FindRoots().Where(Path.Exists).ToList();
        var folder = LogFolder.List(roots, source.Formats);
        var cursors = store.ReadCursors(source.Client);
        foreach (var trouble in folder.Troubles.Where(_knownFolderTroubles.Add))
        {
            LogFolderUnreadable(trouble.Path, trouble.Reason);
        }

        return new SourcePlan(source, roots, folder, cursors, [.. folder.Files.Where(claimed => !claimed.File.IsUnchangedSince(cursors.GetValueOrDefault(claimed.File.Path)))]);
    }

    private SourceReport Read(SourcePlan plan, StepStore store, Action<long> onBytes, CancellationToken cancellationToken)
    {
        var rowsBefore = store.RowsAdded;
        using var scan = new SourceScan(plan.Source, plan.Changed, plan.Cursors, onBytes, time, logger, cancellationToken);
        foreach (var steps in scan.TakeSteps())
        {
            store.Add(steps);
        }

        store.Flush();
        var results = scan.Results;
        return new SourceReport
        {
            Client = plan.Source.Client,
            Roots = plan.Roots,
            Files = plan.Folder.Files.Count,
            FilesRead = results.Count,
            BytesRead = results.Sum(result => result.BytesRead),
            Records = results.Sum(result => result.Records),
            RowsAdded = store.RowsAdded - rowsBefore,
            MalformedLines = results.Sum(result => result.Malformed),
            Trouble = [.. plan.Folder.Troubles, .. results.SelectMany(result => result.Troubles)],
            HasFailed = plan.Folder.Troubles.Count > 0,
        };
    }

    private void TellPriceTrouble()
    {
        if (prices.Trouble != _knownPriceTrouble && prices.Trouble is { } trouble)
        {
            LogPricesUnusable(trouble);
        }

        _knownPriceTrouble = prices.Trouble;
    }

    // A pass that found nothing says so only to those who look closely: with --watch there is one every few minutes.
    private void LogEnded(PassReport report)
    {
        var (files, filesRead, records, malformed) = (report.Sources.Sum(s => s.Files), report.Sources.Sum(s => s.FilesRead), report.Sources.Sum(s => s.Records), report.Sources.Sum(s => s.MalformedLines));
        LogPassEnded(filesRead == 0 && report.Joined == 0 ? LogLevel.Debug : LogLevel.Information, filesRead, files, records, report.RowsAdded, report.Joined, malformed, report.DurationMs);
    }

    [LoggerMessage(EventId = EventIds.PassEnded, Message = "Read {FilesRead} of {Files} files: {Records} usage records, {RowsAdded} new calls, {Joined} joined to what the proxy saw, {Malformed} malformed lines, in {DurationMs} ms", EventName = nameof(EventIds.PassEnded))]
    private partial void LogPassEnded(LogLevel level, int filesRead, int files, long records, long rowsAdded, int joined, long malformed, long durationMs);

    [LoggerMessage(EventIds.FolderUnreadable, LogLevel.Warning, "The folder {Path} cannot be listed ({Reason}); what is in it is missing", EventName = nameof(EventIds.FolderUnreadable))]
    private partial void LogFolderUnreadable(string path, string reason);

    [LoggerMessage(EventIds.PricesUnusable, LogLevel.Warning, "A price file is not used, the other prices are: {Trouble}", EventName = nameof(EventIds.PricesUnusable))]
    private partial void LogPricesUnusable(string trouble);

    [LoggerMessage(EventIds.CallsPriced, LogLevel.Information, "{Count} calls that had no cost have one now", EventName = nameof(EventIds.CallsPriced))]
    private partial void LogCallsPriced(long count);
}
