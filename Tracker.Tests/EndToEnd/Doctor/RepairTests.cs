using System.Text.Json;
using Microsoft.Data.Sqlite;
using Tracker.Storage.Care;
using Tracker.Storage.Pricing;
using Tracker.Storage.Usage;
using Tracker.Tests.Support;

namespace Tracker.Tests.EndToEnd.Doctor;

/// <summary><c>tracker-proxy doctor --repair</c>: what was damaged is kept, what can be read is taken, and what the journal and the logs have is there in the end.</summary>
public sealed class RepairTests : IDisposable
{
    private const int Page = 4096;

    private readonly TestDatabase _database = new();

    public void Dispose() => _database.Dispose();

    [Test, CancelAfter(180_000)]
    public async Task Database_damaged_in_the_middle_loses_no_call_that_the_journal_or_the_logs_have(CancellationToken cancellationToken)
    {
        var home = new ClaudeHome(_database);
        home.Write("session.jsonl", Enumerable.Range(500_000, 300).Select(number => ClaudeHome.Line(number)));
        string[] import = ["--source", "claude-code", $"--Importer:Home={home.Folder}"];
        Assert.That((await Care.ImporterRun.OfAsync(_database, cancellationToken, import)).ExitCode, Is.Zero);
        await using var calls = await CountedCalls.StartAsync(cancellationToken);
        await using (var proxy = await ProxyUnderTest.StartAsync(_database.Folder, calls.Address, cancellationToken))
        {
            await calls.CallTimesAsync(proxy.Address, 400, cancellationToken);
            await proxy.WaitForAllStoredAsync(cancellationToken);
            _database.Scalar<long>("SELECT 1");
            proxy.Process.Kill();
        }

        var logged = _database.Query("SELECT usage_key FROM usage WHERE evidence = 2").Count;
        EmptyLog();
        await DamagedFile.OverwriteAsync(_database.Path, at: 24 * Page, length: (int)(new FileInfo(_database.Path).Length / 2) / Page * Page, cancellationToken);
        Assert.That((await DoctorRun.OfAsync(_database, cancellationToken)).Find("database", "is damaged").Verdict, Is.EqualTo("trouble"));

        var (exitCode, report) = await RepairAsync(cancellationToken);
        Assert.That((await Care.ImporterRun.OfAsync(_database, cancellationToken, import)).ExitCode, Is.Zero);

        Assert.That(exitCode, Is.Zero);
        Assert.That(report.GetProperty("holes").GetInt32(), Is.Positive);
        Assert.That(File.Exists(report.GetProperty("moved_to").GetString()), "the damaged one is kept");
        Assert.That(_database.Query("SELECT usage_key FROM usage WHERE evidence = 2"), Has.Count.EqualTo(logged));
        calls.AssertAllAreRows(_database);
        await using var again = await ProxyUnderTest.StartAsync(_database.Folder, calls.Address, cancellationToken);
        await calls.CallTimesAsync(again.Address, 10, cancellationToken);
        await again.WaitForAllStoredAsync(cancellationToken);
        Assert.That(await again.StopAsync(cancellationToken), Is.Zero);
        calls.AssertAllAreRows(_database);
    }

    [Test, CancelAfter(120_000)]
    public async Task What_can_be_read_is_taken_as_it_was_and_what_cannot_is_counted(CancellationToken cancellationToken)
    {
        _database.Write([.. Enumerable.Range(0, 3000).Select(index => Some.Usage() with { OccurredAt = Some.Time.AddSeconds(index), ToolCalls = index % 3 == 0 ? [new ToolCall($"tool {index}", "Bash")] : [] })]);
        var before = _database.Rows().Select(WithoutTools).ToHashSet();
        EmptyLog();
        await DamagedFile.OverwriteAsync(_database.Path, at: 100 * Page, length: 40 * Page, cancellationToken);
        var damaged = await File.ReadAllBytesAsync(_database.Path, cancellationToken);

        var (exitCode, report) = await RepairAsync(cancellationToken);

        var after = _database.Rows();
        Assert.That(exitCode, Is.Zero);
        Assert.That(after.Where(row => !before.Contains(WithoutTools(row))), Is.Empty);
        Assert.That(after.Count(row => row.Contains("tool_call_count", StringComparison.Ordinal)) + report.GetProperty("calls_without_tools").GetInt32(), Is.InRange(after.Count / 3 - 20, after.Count / 3 + 20));
        Assert.That(report.GetProperty("calls_salvaged").GetInt64(), Is.EqualTo(after.Count).And.InRange(1500, 2999));
        Assert.That(after.Count + report.GetProperty("calls_lost_at_most").GetInt64(), Is.GreaterThanOrEqualTo(3000));
        Assert.That(_database.Scalar<string>("PRAGMA integrity_check"), Is.EqualTo("ok"));
        Assert.That(await File.ReadAllBytesAsync(report.GetProperty("moved_to").GetString()!, cancellationToken), Is.EqualTo(damaged));
        Assert.That(Path.GetFileName(report.GetProperty("moved_to").GetString()), Does.StartWith("tracker.db.damaged-20"));
        Assert.That(Directory.GetFiles(_database.Folder, "*.repair*"), Is.Empty);
    }

    [Test, CancelAfter(120_000)]
    public async Task File_that_is_no_database_any_more_makes_way_for_a_new_one(CancellationToken cancellationToken)
    {
        await File.WriteAllTextAsync(_database.Path, new string('x', 3 * Page), cancellationToken);

        var (exitCode, report) = await RepairAsync(cancellationToken);

        Assert.That((exitCode, report.GetProperty("calls_salvaged").GetInt64(), report.GetProperty("calls_lost_at_most").ValueKind), Is.EqualTo((0, 0, JsonValueKind.Null)));
        Assert.That(_database.Scalar<long>("SELECT count(*) FROM usage"), Is.Zero);
        Assert.That(await File.ReadAllTextAsync(report.GetProperty("moved_to").GetString()!, cancellationToken), Has.Length.EqualTo(3 * Page));
    }

    [Test, CancelAfter(120_000)]
    public async Task Damage_that_spares_them_keeps_the_sums_of_pruned_calls_and_the_other_names_of_calls(CancellationToken cancellationToken)
    {
        _database.Write([.. Enumerable.Range(0, 2000).Select(index => Some.Usage() with { OccurredAt = Some.Time.AddSeconds(index), SessionId = $"session {index}" })]);
        using (var pruning = new Pruning(_database.Connections, PriceBooks.Embedded, TimeProvider.System, Some.Time.AddSeconds(10)))
        {
            pruning.Next(TimeSpan.FromMinutes(1));
        }

        _database.Execute("INSERT INTO usage_alias SELECT 'gemini-cli:another-name-of-it', id FROM usage ORDER BY id DESC LIMIT 1");
        var name = _database.Scalar<string>("SELECT usage_key FROM usage ORDER BY id DESC LIMIT 1");
        var root = _database.Scalar<long>("SELECT rootpage FROM sqlite_schema WHERE name = 'usage_session'");
        EmptyLog();
        await DamagedFile.OverwriteAsync(_database.Path, at: (root - 1) * Page, length: Page, cancellationToken);

        var (exitCode, report) = await RepairAsync(cancellationToken);

        Assert.That((exitCode, report.GetProperty("pruned_sums_kept").GetBoolean(), report.GetProperty("calls_salvaged").GetInt64()), Is.EqualTo((0, true, 1990)));
        Assert.That(_database.Scalar<long>("SELECT sum(calls) FROM pruned_rollup"), Is.EqualTo(10));
        Assert.That(_database.Scalar<long>("SELECT count(*) FROM pruned_call"), Is.EqualTo(10));
        Assert.That(_database.Scalar<string>("SELECT usage_key FROM usage_alias JOIN usage ON id = usage_id"), Is.EqualTo(name));
    }

    [Test, CancelAfter(120_000)]
    public async Task Files_of_the_journal_that_cannot_be_read_are_told_to_programs_too(CancellationToken cancellationToken)
    {
        await File.WriteAllTextAsync(_database.Path, new string('x', 3 * Page), cancellationToken);
        Directory.CreateDirectory(Path.Combine(_database.Folder, "journal"));
        await File.WriteAllTextAsync(Path.Combine(_database.Folder, "journal", "a.journal"), "of another version", cancellationToken);
        File.CreateSymbolicLink(Path.Combine(_database.Folder, "journal", "b.journal"), Path.Combine(_database.Folder, "nowhere"));

        var (exitCode, report) = await RepairAsync(cancellationToken);

        Assert.That((exitCode, report.GetProperty("journal_records").GetInt64(), report.GetProperty("journal_files_unread").GetInt32()), Is.EqualTo((0, 0, 2)));
    }

    [Test, CancelAfter(120_000)]
    public async Task Database_that_is_sound_is_told_to_programs_as_such(CancellationToken cancellationToken)
    {
        _database.Write(Some.Usage());

        var (exitCode, report) = await RepairAsync(cancellationToken);

        Assert.That((exitCode, report.GetProperty("database").GetString(), report.GetProperty("sound").GetBoolean()), Is.EqualTo((0, _database.Path, true)));
    }

    [Test, CancelAfter(120_000)]
    public async Task Under_a_running_program_nothing_is_repaired(CancellationToken cancellationToken)
    {
        _database.Write([.. Enumerable.Range(0, 500).Select(_ => Some.Usage())]);
        EmptyLog();
        await DamagedFile.OverwriteAsync(_database.Path, at: 20 * Page, length: 8 * Page, cancellationToken);
        var before = await File.ReadAllBytesAsync(_database.Path, cancellationToken);
        using (Tracker.Storage.Hosting.DirectoryLock.TryTake(Tracker.Storage.Hosting.DirectoryLock.ProxyLock(_database.Folder)))
        {
            await using var refused = StartRepair();
            Assert.That(await refused.WaitForExitAsync(cancellationToken), Is.EqualTo(1));
            Assert.That(refused.Errors, Does.Contain("A tracker-proxy is at work").And.Contain("Stop it first"));
        }

        using (Tracker.Storage.Hosting.DirectoryLock.TryTake(Tracker.Storage.Hosting.DirectoryLock.ImporterLock(_database.Folder)))
        {
            await using var refused = StartRepair();
            Assert.That(await refused.WaitForExitAsync(cancellationToken), Is.EqualTo(1));
            Assert.That(refused.Errors, Does.Contain("A tracker-importer is at work"));
        }

        Assert.That(await File.ReadAllBytesAsync(_database.Path, cancellationToken), Is.EqualTo(before));
        Assert.That(Directory.GetFiles(_database.Folder, "*damaged*"), Is.Empty);
    }

    [Test, CancelAfter(120_000)]
    public async Task Sound_missing_and_newer_databases_are_left_alone(CancellationToken cancellationToken)
    {
        await using var missing = StartRepair();
        Assert.That(await missing.WaitForExitAsync(cancellationToken), Is.EqualTo(1));
        _database.Write(Some.Usage());
        await using var sound = StartRepair();
        Assert.That(await sound.WaitForExitAsync(cancellationToken), Is.Zero);
        _database.Execute("PRAGMA user_version = 9999");
        await using var newer = StartRepair();
        Assert.That(await newer.WaitForExitAsync(cancellationToken), Is.EqualTo(1));

        Assert.That(missing.Errors, Does.Contain("There is no database"));
        Assert.That(sound.Output, Does.Contain("nothing to repair"));
        Assert.That(newer.Errors, Does.Contain("made by a newer Tracker"));
        Assert.That(Directory.GetFiles(_database.Folder, "*damaged*"), Is.Empty);
    }

    private TrackerProcess StartRepair(params string[] arguments) =>
        TrackerProcess.Start("tracker-proxy", _database.Folder, ["doctor", "--repair", .. arguments, $"--Storage:DatabasePath={_database.Path}"]);

    private async Task<(int ExitCode, JsonElement Report)> RepairAsync(CancellationToken cancellationToken)
    {
        SqliteConnection.ClearAllPools();
        await using var process = StartRepair("--json");
        var exitCode = await process.WaitForExitAsync(cancellationToken);
        Assert.That(process.Errors, Is.Empty);
        using var document = JsonDocument.Parse(process.Output);
        _database.Connections.Forget(); // Another file is there now.
        return (exitCode, document.RootElement.Clone());
    }

    private static string WithoutTools(string row) => row.Replace(" tool_call_count=1", "", StringComparison.Ordinal);

    // What is in the log would cover the damage.
    private void EmptyLog()
    {
        _database.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
        SqliteConnection.ClearAllPools();
    }
}
