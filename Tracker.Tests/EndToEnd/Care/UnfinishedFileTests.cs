using Tracker.Tests.Support;

namespace Tracker.Tests.EndToEnd.Care;

/// <summary>What is left of a <c>backup</c> or an <c>export</c> that was ended before it was done: nothing.</summary>
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

        _database.Execute("""
            WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 300000)
            INSERT INTO usage (usage_key, occurred_at_ms, provider, quality, evidence, outcome) SELECT printf('anthropic:msg_%020d', n), 1700000000000 + n, 'anthropic', 3, 1, 'completed' FROM number
            """);
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
}
