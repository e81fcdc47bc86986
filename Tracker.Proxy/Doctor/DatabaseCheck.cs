using Tracker.Proxy.Recording;
using Tracker.Storage.Care;
using Tracker.Storage.Hosting;

namespace Tracker.Proxy.Doctor;

/// <summary>The database's files, and whether there is more than one database.</summary>
internal static class DatabaseCheck
{
    private const string Name = "database";
    private const UnixFileMode OfOthers = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    public static IEnumerable<Finding> Look(Patient patient)
    {
        var database = patient.Database;
        yield return OfFault(database, patient);
        if (database.WalBytes > WalKeeper.Alarming)
        {
            yield return Finding.Warning(Name, $"its log {database.Path}-wal has grown to {ByteSize.Of(database.WalBytes)}, because a program reads the database without a pause", "close what has it open (a sqlite3 shell, a viewer)");
        }

        if (database.Mode is { } mode && (mode & OfOthers) != 0)
        {
            yield return Finding.Warning(Name, $"other users of this machine can read or write {database.Path}", $"chmod 600 {ShellText.Of(database.Path, "*")}");
        }

        foreach (var other in OtherDatabases.Find(database.Path))
        {
            yield return Finding.Warning(
                Name, $"there is another database, {other}: a service and a user's program each write to their own",
                "set Storage:DatabasePath to the same file for both; tracker-importer merge takes the rows of the other one in");
        }
    }

    private static Finding OfFault(DatabaseCondition database, Patient patient) => database.Fault switch
    {
        DatabaseFault.None when !database.IsOfThisVersion => Finding.Ok(Name, $"{database.Path} is sound ({ByteSize.Of(database.Bytes)}); the next start brings its schema {database.SchemaVersion} up to date, after a copy"),
        DatabaseFault.None => Finding.Ok(
            Name, $"{database.Path} is sound: {ByteSize.Of(database.Bytes)}{(patient.Facts is { } facts ? $", {Counted.Of(facts.Calls, "call")}" : "")}, schema {database.SchemaVersion}, log {ByteSize.Of(database.WalBytes)}"),
        DatabaseFault.Missing when patient.ProxyRuns => Finding.Trouble(Name, $"{database.Path} is not there though the proxy runs: somebody has deleted it", "the proxy makes a new one with the next call; a backup can take its place when the proxy is stopped"),
        DatabaseFault.Missing => Finding.Warning(Name, $"{database.Path} is not there yet", "start the proxy, or run tracker-importer once: either makes it"),
        DatabaseFault.Damaged => Finding.Trouble(
            Name, $"{database.Path} is damaged: {database.Reason}", "stop the proxy and the importer, then: tracker-proxy doctor --repair"),
        DatabaseFault.Newer => Finding.Trouble(Name, $"{database.Path} was made by a newer Tracker. {database.Reason}", "update this program, or set Storage:DatabasePath to another file"),
        DatabaseFault.Foreign => Finding.Trouble(Name, $"{database.Path} is a database of another program", "set Storage:DatabasePath to another file; Tracker leaves this one as it is"),
        DatabaseFault.Locked when patient.IsMigrating => Finding.Warning(
            Name, $"{database.Path} has schema {database.SchemaVersion}, and Tracker is bringing it up to date, as it seems: another program has it locked",
            $"ask again when that has ended; a large one takes minutes. If it does not end: {WhoHas(database.Path)}"),
        DatabaseFault.Locked => Finding.Trouble(
            Name, $"another program has held {database.Path} for longer than Storage:BusyTimeout{(database.IsHeldBeforeMigration ? ", perhaps to bring it up to date" : "")}", WhoHas(database.Path)),
        DatabaseFault.ReadOnly => Finding.Trouble(Name, $"{database.Path} can be read and not written by this user: {database.Reason}", "make it and its folder writable for the user of the proxy, or run this command as that user"),
        _ => Finding.Trouble(Name, $"{database.Path} cannot be opened: {database.Reason}", "check that this user may read and write it and its folder"),
    };

    private static string WhoHas(string path) => OperatingSystem.IsWindows() ? "close what has it open" : $"fuser -v {ShellText.Of(path)} shows which program has it; close that";
}
