using Tracker.Proxy.Recording;
using Tracker.Storage.Connections;
using Tracker.Storage.Hosting;

namespace Tracker.Proxy.Doctor;

/// <summary>The data directory: whether it can be written, the room on its disk, and what waits in its journal.</summary>
internal static class FilesCheck
{
    private const long VeryLittle = 64 * 1024 * 1024;
    private const long Little = 500 * 1024 * 1024;

    public static IEnumerable<Finding> Look(Patient patient) => Directory.Exists(patient.DataDirectory) ? [.. LookAtFolder(patient.DataDirectory), .. LookAtDisk(patient.DataDirectory), .. patient.Database.Copies.Select(copy => Tell(copy, patient.Now)), .. LookAtJournal(patient)] : [];

    private static IEnumerable<Finding> LookAtFolder(string folder)
    {
        var probe = Path.Combine(folder, $".doctor-{Environment.ProcessId}");
        string reason;
        try
        {
            using (new FileStream(probe, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose))
            {
                return [];
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            reason = exception.Message;
        }

        return [Finding.Trouble("folder", $"nothing can be written to {folder}: {reason}", "make it writable for this user, or set Storage:DatabasePath to another place")];
    }

    private static IEnumerable<Finding> LookAtDisk(string folder)
    {
        long free;
        try
        {
            free = new DriveInfo(folder).AvailableFreeSpace;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            yield break; // The folder is on something that cannot tell.
        }

        var message = $"{ByteSize.Of(free)} are free on the disk of {folder}";
        yield return free < VeryLittle ? Finding.Trouble("disk", $"only {message}: calls are soon not recorded any more", "make room")
            : free < Little ? Finding.Warning("disk", $"only {message}", "make room")
            : Finding.Ok("disk", message);
    }

    private static Finding Tell(SchemaCopy copy, DateTimeOffset now) => Finding.Ok(
        "disk",
        $"{copy.Path} ({ByteSize.Of(copy.Bytes)}) is the database as it was before it was brought up to date at {copy.MadeAt.ToLocalTime():yyyy-MM-dd HH:mm}, {Counted.Of(Math.Max(0, (now - copy.MadeAt).Days), "day")} ago; delete it when all is well");

    private static IEnumerable<Finding> LookAtJournal(Patient patient)
    {
        var folder = Path.Combine(patient.DataDirectory, "journal");
        string[] files;
        try
        {
            files = Directory.Exists(folder) ? Directory.GetFiles(folder) : [];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [Finding.Warning("journal", $"{folder} cannot be looked at: {exception.Message}", "run this command as the user of the proxy")];
        }

        var damaged = files.Count(file => file.EndsWith(".damaged", StringComparison.Ordinal));
        return
        [
            patient.ProxyRuns ? OfRunningProxy(patient) : OfStoppedProxy(files),
            .. damaged == 0 ? Array.Empty<Finding>() : [Finding.Warning("journal", $"{Counted.Of(damaged, "file of the journal was", "files of the journal were")} damaged; what could be read of them is stored", $"delete {ShellText.Of(folder + Path.DirectorySeparatorChar, "*.damaged")} when you have seen what is there")],
        ];
    }

    private static Finding OfRunningProxy(Patient patient) => patient.Proxy?.Status?.Spilled > 0
        ? Finding.Warning("journal", $"{Counted.Of(patient.Proxy.Status.Spilled.Value, "record waits", "records wait")} in the journal alone, because the database was blocked", "the proxy stores what waits as soon as the database can be written")
        : Finding.Ok("journal", "the running proxy looks after it");

    private static Finding OfStoppedProxy(IEnumerable<string> files)
    {
        var (records, unreadable) = (0, 0);
        foreach (var file in files.Where(file => file.EndsWith(Journal.Extension, StringComparison.Ordinal)))
        {
            try
            {
                var read = JournalFile.Read(file);
                records += read.Records.Count;
                unreadable += read.IsOfOtherVersion ? 1 : 0;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                unreadable++;
            }
        }

        return unreadable > 0 ? Finding.Warning("journal", $"{unreadable} of its files cannot be read, {Counted.Of(records, "record")} can", "start the version of Tracker that wrote them once, as the same user")
            : records > 0 ? Finding.Warning("journal", $"{Counted.Of(records, "record was", "records were")} left by a proxy that was killed or could not store them (most were stored before)", "start the proxy: it stores them first")
            : Finding.Ok("journal", "nothing waits");
    }
}
