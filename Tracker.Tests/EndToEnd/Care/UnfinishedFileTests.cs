using Tracker.Storage.Hosting;
using Tracker.Tests.Support;

namespace Tracker.Tests.EndToEnd.Care;

/// <summary>What is left of a <c>backup</c>, an <c>export</c> or a <c>merge</c> that was ended before it was done: nothing.</summary>
public sealed class UnfinishedFileTests : IDisposable
{
    private readonly TestDatabase _database = new();

    private string Backups => Path.Combine(_database.Folder, "backups");

    public void Dispose() => _database.Dispose();

    [Test, CancelAfter(120_000)]
    public async Task Signal_leaves_nothing_unfinished([Values("backup", "export")] string command, CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Ignore("Windows has no signals for other programs");
        }

        WriteMany(_database);
        Directory.CreateDirectory(Backups);

        // One that is faster than this test's looks is made again.
        for (var code = 0; code == 0;)
        {
            Array.ForEach(Directory.GetFiles(Backups), File.Delete);
            await using var importer = TrackerProcess.Start(
                "tracker-importer", _database.Folder, [command, command == "backup" ? Backups : Path.Combine(Backups, "calls.csv"), $"--Storage:DatabasePath={_database.Path}"]);
            var exit = importer.WaitForExitAsync(cancellationToken);
            while (!exit.IsCompleted && !Directory.EnumerateFiles(Backups, "*.part").Any())
            {
                await Task.Delay(1, cancellationToken);
            }

            if (!exit.IsCompleted)
            {
                importer.Terminate();
            }

            code = await exit;

            Assert.That((code, Directory.GetFiles(Backups).Length), Is.EqualTo((143, 0)).Or.EqualTo((0, 1)));
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task Backup_removes_what_one_that_was_killed_has_left(CancellationToken cancellationToken)
    {
        _database.Write(Some.Usage());
        Directory.CreateDirectory(Backups);
        foreach (var (name, age) in new[] { ("tracker-20260101T000000Z.db.part", 2), ("tracker-20260101T000000Z.db.part-journal", 2), ("tracker-20260101T000000Z.db", 2), ("tracker-20260102T000000Z.db.part", 0) })
        {
            await File.WriteAllTextAsync(Path.Combine(Backups, name), "x", cancellationToken);
            File.SetLastWriteTimeUtc(Path.Combine(Backups, name), TimeProvider.System.GetUtcNow().AddHours(-age).UtcDateTime);
        }

        var run = await ImporterRun.OfAsync(_database, cancellationToken, "backup", "--json");

        Assert.That(run.ExitCode, Is.Zero, run.Errors);
        Assert.That(
            Directory.GetFiles(Backups).Select(Path.GetFileName),
            Is.EquivalentTo(new[] { "tracker-20260101T000000Z.db", "tracker-20260102T000000Z.db.part", Path.GetFileName(run.Json.GetProperty("file").GetString()) }), "another back-up may still be at work on the second");
    }

    [Test, CancelAfter(120_000)]
    public async Task Signal_leaves_no_copy_of_the_database_that_was_being_merged(CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Ignore("Windows has no signals for other programs");
        }

        using var temporary = new TempDirectory();
        using var other = new TestDatabase();
        WriteMany(other);
        _database.Write(Some.Usage());
        await using var importer = StartMerge(other, temporary);
        var exit = importer.WaitForExitAsync(cancellationToken);
        while (!exit.IsCompleted && !Copies(temporary).Any(folder => File.Exists(Path.Combine(folder, "tracker.db"))))
        {
            await Task.Delay(1, cancellationToken);
        }

        importer.Terminate();

        Assert.That((await exit, Copies(temporary)), Is.EqualTo((143, Array.Empty<string>())), importer.Errors);
    }

    [Test, CancelAfter(60_000)]
    public async Task Merge_removes_the_copies_that_nobody_uses_any_more(CancellationToken cancellationToken)
    {
        using var temporary = new TempDirectory();
        using var other = new TestDatabase();
        other.Write(Some.Usage());
        _database.Write(Some.Usage());
        foreach (var name in new[] { "tracker-merge-killed", "tracker-merge-used", "tracker-merge-new", "else" })
        {
            Directory.CreateDirectory(temporary.File(name));
            await File.WriteAllTextAsync(Path.Combine(temporary.File(name), "tracker.db"), "x", cancellationToken);
        }

        await File.WriteAllTextAsync(Path.Combine(temporary.File("tracker-merge-killed"), "lock"), "", cancellationToken);
        using var used = DirectoryLock.TryTake(Path.Combine(temporary.File("tracker-merge-used"), "lock"));
        foreach (var name in new[] { "tracker-merge-killed", "tracker-merge-used", "else" })
        {
            Directory.SetLastWriteTimeUtc(temporary.File(name), TimeProvider.System.GetUtcNow().AddHours(-2).UtcDateTime);
        }

        await using var importer = StartMerge(other, temporary);

        Assert.That(await importer.WaitForExitAsync(cancellationToken), Is.Zero, importer.Errors);
        Assert.That(Directory.GetDirectories(temporary.Path).Select(Path.GetFileName).Where(name => !name!.StartsWith('.')), Is.EquivalentTo(["tracker-merge-used", "tracker-merge-new", "else"]));
    }

    private static string[] Copies(TempDirectory temporary) => Directory.GetDirectories(temporary.Path, "tracker-merge-*");

    private TrackerProcess StartMerge(TestDatabase other, TempDirectory temporary) => TrackerProcess.Start(
        "tracker-importer", _database.Folder, ["merge", other.Path, $"--Storage:DatabasePath={_database.Path}"], new Dictionary<string, string> { ["TMPDIR"] = temporary.Path, ["TMP"] = temporary.Path });

    private static void WriteMany(TestDatabase database) => database.Execute("""
        WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 300000)
        INSERT INTO usage (usage_key, occurred_at_ms, provider, quality, evidence, outcome) SELECT printf('anthropic:msg_%020d', n), 1700000000000 + n, 'anthropic', 3, 1, 'completed' FROM number
        """);
}
