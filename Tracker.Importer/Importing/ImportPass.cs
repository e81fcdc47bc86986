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
    private DateTimeOffset _fullPassAt;
    private Counts _sinceFullPass;

    /// <summary>The next pass reads all files from their beginning.</summary>
    public bool ReadsAgain { get; set; }

    /// <summary>Where the last full pass found logs.</summary>
    public IReadOnlyList<SourceLogs> Logs { get; private set; } = [];

    /// <summary>Looks at everything.</summary>
    /// <inheritdoc cref="Run(IReadOnlyList{IUsageSource}, IReadOnlyList{ChangedPath}, CancellationToken)"/>
    public PassReport Run(IReadOnlyList<IUsageSource> sources, CancellationToken cancellationToken) => Run(sources, null, cancellationToken);

    /// <param name="sources">Whose logs are read.</param>
    /// <param name="changes">
    /// What may have changed since the last pass, and is all that is looked at; null for everything. Calls are joined only when everything was looked at: what nobody told of may be missing.
    /// </param>
    /// <param name="cancellationToken">Ends it in the middle.</param>
    /// <exception cref="StorageException">The database cannot be used.</exception>
    /// <exception cref="Microsoft.Data.Sqlite.SqliteException">The database cannot be written. What was stored stays, and the next pass goes on from there.</exception>
    /// <exception cref="OperationCanceledException">It was told to stop; the same holds.</exception>
    public PassReport Run(IReadOnlyList<IUsageSource> sources, IReadOnlyList<ChangedPath>? changes, CancellationToken cancellationToken)
    {
        var startedAt = time.GetUtcNow();
        var started = time.GetTimestamp();
        prices.LookAgain();
        TellPriceTrouble();
        // While the folders are listed, the database is opened and asked.
        var listing = changes is null ? Task.Run(() => FindLogs(sources), CancellationToken.None) : Task.FromResult(FindChanged(changes));
        using var store = new StepStore(connections, prices, time, logger, cancellationToken);
        var cursors = (changes is null ? sources : listing.Result.Select(logs => logs.Source)).ToDictionary(source => source, source => ReadsAgain ? new Dictionary<string, ImportCursor>() : store.ReadCursors(source.Client));
        var plans = listing.GetAwaiter().GetResult().Select(logs => Plan(logs, cursors[logs.Source])).ToList();
        var reports = progress.Track(
            plans.Sum(plan => plan.BytesToRead), onBytes => plans.Select(plan => Read(plan, store, onBytes, cancellationToken)).ToList());
        store.PriceUnpriced(); // Also when there was nothing to read.
        _fullPassAt = changes is null ? startedAt : _fullPassAt;
        var (joined, nextJoinAt) = store.Join(_fullPassAt, UsageSources.Clients);
        store.SetLastImport();
        ReadsAgain = false;

        var report = new PassReport
        {
            Database = connections.DatabasePath,
            StartedAt = startedAt,
            DurationMs = (long)time.GetElapsedTime(started).TotalMilliseconds,
            RowsAdded = store.RowsAdded,
            Joined = joined,
            NextJoinAt = nextJoinAt,
            CallsPriced = store.CallsPriced,
            Sources = reports,
            Listed = [.. plans.SelectMany(plan => plan.Logs.Folder.Files)],
        };
        LogEnded(report, isFull: changes is null);
        if (store.CallsPriced > 0)
        {
            LogCallsPriced(store.CallsPriced);
        }

        return report;
    }

    /// <summary>What there is to read of one source.</summary>
    private sealed record SourcePlan(SourceLogs Logs, IReadOnlyDictionary<string, ImportCursor> Cursors, IReadOnlyList<ClaimedFile> Changed)
    {
        public long BytesToRead => Changed.Sum(changed => Math.Max(0, changed.File.Length - (changed.CursorIn(Cursors)?.Offset ?? 0)));
    }

    private IReadOnlyList<SourceLogs> FindLogs(IReadOnlyList<IUsageSource> sources) => Logs = [.. sources.Select(source =>
    {
        var roots = source.FindRoots();
        var folder = LogFolder.List(roots, source.Formats);
        return new SourceLogs(source, [.. roots.Where(Path.Exists)], folder);
    })];

    private IReadOnlyList<SourceLogs> FindChanged(IReadOnlyList<ChangedPath> changes) =>
    [
        .. Logs.Select(logs => logs with { Folder = LogFolder.ListChanged(logs.Roots, logs.Source.Formats, changes) })
            .Where(logs => logs.Folder.Files.Count > 0 || logs.Folder.Troubles.Count > 0),
    ];

    private SourcePlan Plan(SourceLogs logs, IReadOnlyDictionary<string, ImportCursor> cursors)
    {
        foreach (var trouble in logs.Folder.Troubles.Where(_knownFolderTroubles.Add))
        {
            LogFolderUnreadable(trouble.Path, trouble.Reason);
        }

        return new SourcePlan(logs, cursors, [.. logs.Folder.Files.Where(claimed => !claimed.File.IsUnchangedSince(claimed.CursorIn(cursors)))]);
    }

    private SourceReport Read(SourcePlan plan, StepStore store, Action<long> onBytes, CancellationToken cancellationToken)
    {
        var rowsBefore = store.RowsAdded;
        using var scan = new SourceScan(plan.Logs.Source, plan.Changed, plan.Cursors, onBytes, time, logger, cancellationToken);
        store.PriceUnpriced(); // The files are being read: what reading the price book takes is nobody's wait.
        foreach (var steps in scan.TakeSteps())
        {
            store.Add(steps);
        }

        store.Flush();
        var results = scan.Results;
        return new SourceReport
        {
            Client = plan.Logs.Source.Client,
            Roots = plan.Logs.Roots,
            Files = plan.Logs.Folder.Files.Count,
            FilesRead = results.Count,
            BytesRead = results.Sum(result => result.BytesRead),
            Records = results.Sum(result => result.Records),
            RowsAdded = store.RowsAdded - rowsBefore,
            MalformedLines = results.Sum(result => result.Malformed),
            Trouble = [.. plan.Logs.Folder.Troubles, .. plan.Logs.Folder.BadLinks, .. results.SelectMany(result => result.Troubles)],
            HasFailed = plan.Logs.Folder.Troubles.Count > 0,
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

    // A pass that found nothing says so only to those who look closely: with --watch there is one every few minutes, and one for every change, whose findings the next full one tells.
    private void LogEnded(PassReport report, bool isFull)
    {
        var counts = new Counts(report.Sources.Sum(s => s.FilesRead), report.Sources.Sum(s => s.Records), report.RowsAdded, report.Sources.Sum(s => s.MalformedLines));
        var told = isFull ? _sinceFullPass + counts : counts;
        _sinceFullPass = isFull ? default : _sinceFullPass + counts;
        var level = !isFull || (told.FilesRead == 0 && report.Joined == 0) ? LogLevel.Debug : LogLevel.Information;
        var files = Logs.Sum(logs => logs.Folder.Files.Count);
        LogPassEnded(level, told.FilesRead, files, told.Records, told.RowsAdded, report.Joined, told.Malformed, report.DurationMs);
    }

    private readonly record struct Counts(long FilesRead, long Records, long RowsAdded, long Malformed)
    {
        public static Counts operator +(Counts left, Counts right) =>
            new(left.FilesRead + right.FilesRead, left.Records + right.Records, left.RowsAdded + right.RowsAdded, left.Malformed + right.Malformed);
    }

    [LoggerMessage(EventId = EventIds.PassEnded, Message = "Read {FilesRead} of {Files} files: {Records} usage records, {RowsAdded} new calls, {Joined} joined to what the proxy saw, {Malformed} malformed lines, in {DurationMs} ms", EventName = nameof(EventIds.PassEnded))]
    private partial void LogPassEnded(LogLevel level, long filesRead, int files, long records, long rowsAdded, int joined, long malformed, long durationMs);

    [LoggerMessage(EventIds.FolderUnreadable, LogLevel.Warning, "{Path} cannot be read ({Reason}); what is in it is missing", EventName = nameof(EventIds.FolderUnreadable))]
    private partial void LogFolderUnreadable(string path, string reason);

    [LoggerMessage(EventIds.PricesUnusable, LogLevel.Warning, "A price file is not used, the other prices are: {Trouble}", EventName = nameof(EventIds.PricesUnusable))]
    private partial void LogPricesUnusable(string trouble);

    [LoggerMessage(EventIds.CallsPriced, LogLevel.Information, "{Count} calls that had no cost have one now", EventName = nameof(EventIds.CallsPriced))]
    private partial void LogCallsPriced(long count);
}
