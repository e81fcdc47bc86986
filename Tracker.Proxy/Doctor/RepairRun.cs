using System.Globalization;
using System.Text;
using Tracker.Proxy.Recording;
using Tracker.Storage.Care;
using Tracker.Storage.Connections;
using Tracker.Storage.Hosting;
using Tracker.Storage.Usage;

namespace Tracker.Proxy.Doctor;

/// <summary><c>doctor --repair</c>: makes a new database of what can be read of a damaged one and of the journal. Both programs must have stopped.</summary>
internal sealed class RepairRun(TrackerConnectionFactory connections, DatabaseExamination examination, DatabaseRepair repair)
{
    /// <returns>The process's exit code.</returns>
    /// <exception cref="StorageException">It could not be done, or is not to be done; the message says why. Nothing was changed.</exception>
    public int Run(bool json)
    {
        var condition = examination.Examine();
        RequireRepairable(condition);
        using var proxy = Take(DirectoryLock.ProxyLock(connections.DataDirectory), "A tracker-proxy");
        using var importer = Take(DirectoryLock.ImporterLock(connections.DataDirectory), "A tracker-importer");
        if ((condition.Reason ?? repair.FindDamage()) is null)
        {
            CommandOutput.Show(new SoundDatabase(condition.Path), json, () => DoctorJson.Default.SoundDatabase, sound => $"{sound.Database} is sound; there is nothing to repair.{Environment.NewLine}");
            return ExitCodes.Ok;
        }

        var (records, unread) = ReadJournal();
        CommandOutput.Show(repair.Repair(records) with { JournalFilesUnread = unread }, json, () => DoctorJson.Default.RepairReport, Text);
        return ExitCodes.Ok;
    }

    private static void RequireRepairable(DatabaseCondition condition)
    {
        if (condition.Fault is not (DatabaseFault.None or DatabaseFault.Damaged))
        {
            throw new StorageException(condition.Fault switch
            {
                DatabaseFault.Missing => $"There is no database {condition.Path}, so there is nothing to repair.",
                DatabaseFault.Newer => $"{condition.Path} was made by a newer Tracker, and is not damaged. Update this program.",
                DatabaseFault.Foreign => $"{condition.Path} is a database of another program. Set Storage:DatabasePath to another file.",
                DatabaseFault.Locked => $"Another program has {condition.Path} open and locked. Close it first.",
                _ => $"{condition.Path} cannot be read and written by this user: {condition.Reason}",
            });
        }
    }

    private static DirectoryLock Take(string path, string who)
    {
        try
        {
            return DirectoryLock.TryTake(path) ?? throw new StorageException($"{who} is at work on this data directory. Stop it first: a database is not repaired under a running program.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw StorageException.CannotWriteTo(Path.GetDirectoryName(path)!, exception);
        }
    }

    // The files stay: the proxy's next start stores them once more, which changes nothing, and removes them.
    private (List<UsageRecord> Records, int Unread) ReadJournal()
    {
        var folder = Path.Combine(connections.DataDirectory, "journal");
        var (records, unread) = (new List<UsageRecord>(), 0);
        foreach (var file in Directory.Exists(folder) ? Directory.GetFiles(folder, "*" + Journal.Extension).Order(StringComparer.Ordinal) : Enumerable.Empty<string>())
        {
            try
            {
                var read = JournalFile.Read(file);
                records.AddRange(read.Records);
                unread += read.IsOfOtherVersion ? 1 : 0;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                unread++;
            }
        }

        return (records, unread);
    }

    private static string Text(RepairReport report)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"The damaged database is kept as {report.MovedTo}; {report.Database} is a new one.");
        text.AppendLine(CultureInfo.InvariantCulture, $"  {Counted.Of(report.CallsSalvaged, "call was", "calls were")} read from the damaged one{(report.CallsSalvaged > 0 ? ", and cost what they cost at the prices of now" : "")}.");
        if (report.Holes > 0)
        {
            text.AppendLine(report.CallsLostAtMost is { } lost
                ? string.Create(CultureInfo.InvariantCulture, $"  At {Counted.Of(report.Holes, "place")} it could not be read; {Counted.Of(lost, "call")} at most were there.")
                : "  Nothing else of it could be read, and nobody knows how many calls it had.");
        }

        if (report.CallsWithoutTools > 0)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  What tools {report.CallsWithoutTools} of them asked for could not be read.");
        }

        if (report.CallsToJoinAgain > 0)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  The names that logs have for {report.CallsToJoinAgain} of them could not be read; the importer finds them again.");
        }

        if (report.ImplausibleRows > 0)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  {Counted.Of(report.ImplausibleRows, "row")} cannot be right, and {(report.ImplausibleRows == 1 ? "was" : "were")} not taken.");
        }

        if (!report.PrunedSumsKept)
        {
            text.AppendLine("  The sums of pruned calls could not be read to their end, and were not taken.");
        }

        text.AppendLine(CultureInfo.InvariantCulture, $"  {Counted.Of(report.JournalRecords, "record of the journal was", "records of the journal were")} stored{(report.JournalFilesUnread == 0 ? "" : $"; {report.JournalFilesUnread} of its files could not be read")}.");
        text.AppendLine("Now let the importer read the clients' logs from their beginning, which brings what they tell of the rest:");
        text.AppendLine("  tracker-importer");
        return text.AppendLine("Then start the proxy again.").ToString();
    }
}
