using Tracker.Storage.Care;
using Tracker.Storage.Hosting;

namespace Tracker.Proxy.Doctor;

/// <summary>Whether the running proxy stores what it sees.</summary>
internal static class RecordingCheck
{
    private const string Name = "recording";

    public static IEnumerable<Finding> Look(Patient patient)
    {
        if (patient.Proxy?.Status is not { } status)
        {
            yield break;
        }

        if (status.WriterState is "blocked")
        {
            yield return Finding.Trouble(
                Name, $"the proxy writes nothing to the database since {Shown(status.WriterStateSince)}: {status.WriterReason} Calls are forwarded; their records wait in the journal",
                // A repaired file is noticed within seconds. Both may say that they are the same version: a clone's is always 0.1.0.
                patient.Database is { Fault: DatabaseFault.None, IsOfThisVersion: true } ? "restart the proxy: it is older than the database, or the database was repaired a moment ago" : "see the database below");
        }
        else if (status.WriterState is "waiting" && patient.IsMigrating)
        {
            yield return Finding.Warning(
                Name, $"the proxy waits since {Shown(status.WriterStateSince)} until the database is brought up to date. Calls are forwarded; their records wait in memory and in the journal",
                "nothing: the proxy stores them when that has ended. If it says then that the database was made by a newer Tracker, restart it");
        }
        else if (status is { WriterState: "starting", WriterReason: { } doing })
        {
            yield return Finding.Warning(
                Name, $"the proxy stores nothing yet, since {Shown(status.WriterStateSince)}: {doing} Calls are forwarded; their records wait in memory and in the journal", "nothing: the proxy stores them when that has ended");
        }
        else if (status.WriterState is "waiting")
        {
            yield return Finding.Trouble(
                Name, $"the proxy cannot write to the database since {Shown(status.WriterStateSince)}: {status.WriterReason} Calls are forwarded; their records wait in memory and in the journal",
                "find what locks the database, or make room on its disk; the rest happens by itself");
        }
        else
        {
            yield return Finding.Ok(Name, $"the proxy stores what it sees ({status.QueueDepth} waiting)");
        }

        if (status.JournalState is "failing" or "full")
        {
            yield return Finding.Warning(
                Name, $"the journal is {status.JournalState}{(status.JournalReason is { } reason ? $": {reason}" : "")}; a killed proxy would lose what is not stored yet",
                status.JournalState == "full" ? "find what blocks the database" : $"make room on the disk of {patient.DataDirectory}, or the folder writable");
        }

        if (status.Dropped > 0)
        {
            yield return Finding.Warning(Name, $"{Counted.Of(status.Dropped.Value, "call was", "calls were")} forwarded and not recorded since the proxy started, because the database was blocked for too long", "tracker-importer finds those of clients that keep logs");
        }

        if (status.SetAside > 0)
        {
            yield return Finding.Warning(Name, $"{Counted.Of(status.SetAside.Value, "record was", "records were")} refused by the database since the proxy started", "look for RecordSetAside in the proxy's log, and report it");
        }
    }

    private static string Shown(DateTimeOffset? time) => time?.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss") ?? "some time";
}
