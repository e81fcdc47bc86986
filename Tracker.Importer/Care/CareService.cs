using System.Globalization;
using Microsoft.Extensions.Logging;
using Tracker.Importer.Importing;
using Tracker.Storage.Care;
using Tracker.Storage.Connections;
using Tracker.Storage.Hosting;

namespace Tracker.Importer.Care;

/// <summary>The commands, each telling what it did and returning the process's exit code.</summary>
internal sealed class CareService(TrackerConnectionFactory connections, DatabaseKeeping keeping, CallExport calls, Pruner pruner, Merger merger, TimeProvider time, ILogger<CareService> logger)
{
    /// <summary>A database of this size is written anew within a second, or within six on a machine that has much else to do.</summary>
    private const long LargestBesideProxy = 64L * 1024 * 1024;

    /// <summary>One that was written to in this time may be another back-up at work.</summary>
    private static readonly TimeSpan UnfinishedUntouched = TimeSpan.FromHours(1);

    /// <exception cref="StorageException">The copy could not be made.</exception>
    public int Backup(string? place, bool overwrite, bool json)
    {
        var own = Path.Combine(connections.DataDirectory, "backups") + Path.DirectorySeparatorChar;
        var target = Path.GetFullPath(TrackerPaths.ExpandHome(place ?? own));
        if (Directory.Exists(target) || Path.EndsInDirectorySeparator(target))
        {
            target = Path.Combine(target, time.GetUtcNow().ToString("'tracker-'yyyyMMdd'T'HHmmss'Z.db'", CultureInfo.InvariantCulture));
        }

        TargetFile.Require(target, connections.DatabasePath, overwrite);
        RemoveUnfinished(own);
        var (count, bytes) = keeping.Backup(target, overwrite);
        CommandOutput.Show(new BackupReport(connections.DatabasePath, target, count, bytes), json, () => CareJson.Default.BackupReport, CareText.Of);
        return ExitCodes.Ok;
    }

    /// <exception cref="StorageException">It would be in the proxy's way, or there is no room.</exception>
    public int Vacuum(bool force, bool json)
    {
        var turns = new DatabaseTurns(connections, time, logger, CancellationToken.None);
        var (used, free) = keeping.Measure();
        if (!force && used > LargestBesideProxy && turns.ProxyRuns())
        {
            throw new StorageException(
                $"A proxy is running, and writing {ByteSize.Of(used)} anew (to give back {ByteSize.Of(free)}) would keep it from storing calls for some seconds. "
                + "Stop it first; or say --force: it goes on forwarding, and the records wait in its journal meanwhile.");
        }

        var (before, after) = turns.Do(keeping.Vacuum);
        CommandOutput.Show(new VacuumReport(connections.DatabasePath, before, after, before - after), json, () => CareJson.Default.VacuumReport, CareText.Of);
        return ExitCodes.Ok;
    }

    /// <exception cref="StorageException">The file could not be written.</exception>
    public int Export(ExportArguments arguments)
    {
        if (arguments.Place is null or "-")
        {
            using var output = StandardOutput.Open();
            return StandardOutput.WriteUntilClosed(output, stream => CallWriter.Write(stream, arguments.IsCsv, calls.ReadPages(arguments.Filter)));
        }

        var target = Path.GetFullPath(TrackerPaths.ExpandHome(arguments.Place));
        TargetFile.Require(target, connections.DatabasePath, arguments.Overwrite);
        OwnFile.Write(target, arguments.Overwrite, stream => CallWriter.Write(stream, arguments.IsCsv, calls.ReadPages(arguments.Filter)));
        return ExitCodes.Ok;
    }

    /// <exception cref="SettingsException">It is no age; or nobody can be asked.</exception>
    public int Prune(string olderThan, bool dryRun, bool yes, bool json)
    {
        var before = Moments.ReadAge("--older-than", olderThan, time.GetUtcNow());
        var found = pruner.Measure(before);
        var report = new PruneReport(connections.DatabasePath, dryRun, before, found.Calls, found.FirstAt, found.LastAt, found.CostNanoUsd / 1_000_000_000m);
        if (!dryRun && found.Calls > 0)
        {
            if (!yes && !Agrees(report))
            {
                Console.Error.WriteLine("Nothing was removed.");
                return ExitCodes.Failed;
            }

            report = report with { Calls = pruner.Prune(before, CancellationToken.None) };
        }

        CommandOutput.Show(report, json, () => CareJson.Default.PruneReport, CareText.Of);
        return ExitCodes.Ok;
    }

    /// <exception cref="StorageException">The other database cannot be used.</exception>
    public int Merge(string? other, bool json)
    {
        if (other is null)
        {
            throw new SettingsException("merge needs the other database: tracker-importer merge <file>.");
        }

        CommandOutput.Show(merger.Merge(Path.GetFullPath(other)), json, () => CareJson.Default.MergeReport, CareText.Of);
        return ExitCodes.Ok;
    }

    // What was killed, or ended with the machine, could not clean up; and each of its names is another.
    private void RemoveUnfinished(string folder)
    {
        var latest = (time.GetUtcNow() - UnfinishedUntouched).UtcDateTime;
        try
        {
            foreach (var file in Directory.Exists(folder) ? Directory.GetFiles(folder, $"tracker-*.db{UnfinishedFile.Extension}*").Where(file => File.GetLastWriteTimeUtc(file) < latest) : [])
            {
                UnfinishedFile.TryDelete(file);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Somebody else's folder is no reason to make no copy elsewhere.
        }
    }

    // Standard output is for the result.
    private static bool Agrees(PruneReport report)
    {
        if (Console.IsInputRedirected)
        {
            throw new SettingsException("prune removes calls and nobody can be asked here: say --yes, or --dry-run to see what it would remove.");
        }

        Console.Error.Write(CareText.Question(report));
        return Console.ReadLine()?.Trim().ToLowerInvariant() is "y" or "yes";
    }
}
