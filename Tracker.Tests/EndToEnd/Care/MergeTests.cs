using Dapper;
using Microsoft.Data.Sqlite;
using Tracker.Storage.Connections;
using Tracker.Storage.Usage;
using Tracker.Tests.Support;

namespace Tracker.Tests.EndToEnd.Care;

/// <summary><c>tracker-importer merge</c>: another machine's calls, in any order and any number of times.</summary>
public sealed class MergeTests : IDisposable
{
    private readonly TestDatabase _one = new();
    private readonly TestDatabase _other = new();

    public void Dispose()
    {
        _one.Dispose();
        _other.Dispose();
    }

    [Test, CancelAfter(120_000)]
    public async Task Both_ways_and_twice_give_the_same_rows(CancellationToken cancellationToken)
    {
        WriteBoth();
        using var copyOfOne = new TempDirectory();
        using var copyOfOther = new TempDirectory();
        await BackUpAsync(_one, copyOfOne.File("one.db"), cancellationToken);
        await BackUpAsync(_other, copyOfOther.File("other.db"), cancellationToken);

        var first = await MergeAsync(_one, copyOfOther.File("other.db"), cancellationToken);
        var rows = _one.Rows();
        var again = await MergeAsync(_one, copyOfOther.File("other.db"), cancellationToken);
        await MergeAsync(_other, copyOfOne.File("one.db"), cancellationToken);

        Assert.That((first.Json.GetProperty("calls").GetInt64(), first.Json.GetProperty("rows_added").GetInt64(), again.Json.GetProperty("rows_added").GetInt64()), Is.EqualTo((16, 10, 0)));
        Assert.That(rows, Has.Count.EqualTo(25));
        Assert.That(_one.Rows(), Is.EqualTo(rows));
        Assert.That(_other.Rows(), Is.EqualTo(rows));
        Assert.That(Names(_other), Is.EqualTo(Names(_one)).And.Count.EqualTo(1));
        Assert.That(Tools(_other), Is.EqualTo(Tools(_one)).And.Not.Empty);
    }

    [Test, CancelAfter(120_000)]
    public async Task Other_file_is_only_read_and_what_is_in_its_log_counts(CancellationToken cancellationToken)
    {
        using var open = _other.Connections.Open(); // Keeps the log from being emptied.
        _other.Write(Some.Usage(), Some.Usage());
        var before = Directory.GetFiles(_other.Folder).Order(StringComparer.Ordinal).Select(file => (file, new FileInfo(file).Length)).ToList();
        _one.Write(Some.Usage());

        var run = await MergeAsync(_one, _other.Path, cancellationToken);

        Assert.That(run.Json.GetProperty("rows_added").GetInt64(), Is.EqualTo(2));
        Assert.That(Directory.GetFiles(_other.Folder).Order(StringComparer.Ordinal).Select(file => (file, new FileInfo(file).Length)), Is.EqualTo(before));
    }

    [Test, CancelAfter(120_000)]
    public async Task Database_of_the_very_first_schema_is_taken_in(CancellationToken cancellationToken)
    {
        _one.Write(Some.Usage());
        using var folder = new TempDirectory();
        using (var old = new SqliteConnection($"Data Source={folder.File("old.db")};Pooling=False"))
        {
            old.Open();
            using var script = new StreamReader(typeof(TrackerConnectionFactory).Assembly.GetManifestResourceStream("Migrations/0001_usage.sql")!);
            old.Execute(await script.ReadToEndAsync(cancellationToken));
            old.Execute("INSERT INTO usage (usage_key, occurred_at_ms, quality, evidence, outcome) VALUES ('anthropic:msg_of_long_ago_01234', 1700000000000, 3, 1, 'completed'); PRAGMA user_version = 1");
        }

        var run = await MergeAsync(_one, folder.File("old.db"), cancellationToken);

        Assert.That(run.Json.GetProperty("rows_added").GetInt64(), Is.EqualTo(1));
        Assert.That(_one.Scalar<long>("SELECT count(*) FROM usage"), Is.EqualTo(2));
    }

    [Test, CancelAfter(180_000)]
    public async Task File_that_cannot_be_taken_in_is_told_and_changes_nothing(CancellationToken cancellationToken)
    {
        _one.Write(Some.Usage());
        var rows = _one.Rows();
        using var folder = new TempDirectory();
        await File.WriteAllTextAsync(folder.File("text.db"), new string('x', 10_000), cancellationToken);
        using (var foreign = new SqliteConnection($"Data Source={folder.File("foreign.db")};Pooling=False"))
        {
            foreign.Open();
            foreign.Execute("CREATE TABLE t (x); PRAGMA user_version = 3");
        }

        _other.Write([.. Enumerable.Range(0, 2000).Select(_ => Some.Usage())]);
        await BackUpAsync(_other, folder.File("damaged.db"), cancellationToken);
        await DamagedFile.OverwriteAsync(folder.File("damaged.db"), at: 30 * 4096, length: 8 * 4096, cancellationToken);
        _other.Execute("PRAGMA user_version = 9999; PRAGMA wal_checkpoint(TRUNCATE)");

        foreach (var (file, message) in new[]
        {
            (folder.File("missing.db"), "is not there"), (folder.File("text.db"), "is no database"), (folder.File("foreign.db"), "not one of Tracker's"),
            (folder.File("damaged.db"), "is damaged"), (_other.Path, "made by a newer Tracker"), (_one.Path, "is the database itself"),
        })
        {
            var run = await ImporterRun.OfAsync(_one, cancellationToken, "merge", file);
            Assert.That((run.ExitCode, run.Output), Is.EqualTo((1, "")), file);
            Assert.That(run.Errors, Does.Contain(message));
        }

        Assert.That(_one.Rows(), Is.EqualTo(rows));
    }

    [Test, CancelAfter(120_000)]
    public async Task Too_little_room_for_the_copy_is_told_with_the_folder_and_how_to_choose_another(CancellationToken cancellationToken)
    {
        using var disk = SmallDisk.Mount(megabytes: 1);
        disk.FillBut(16 * 1024);
        _one.Write(Some.Usage());
        _other.Write(Some.Usage());

        var run = await ImporterRun.OfAsync(_one, new Dictionary<string, string> { ["TMPDIR"] = disk.Path }, cancellationToken, "merge", _other.Path);

        Assert.That((run.ExitCode, run.Output), Is.EqualTo((1, "")));
        Assert.That(run.Errors, Does.Contain($"{_other.Path} could not be copied to the folder for temporary files ({disk.Path}): ").And.Contain("bytes are needed").And.Contain("TMPDIR can name another folder"));
    }

    /// <summary>Five calls that both have seen, one of which a log of the one names otherwise and has been joined there; ten of each alone.</summary>
    private void WriteBoth()
    {
        _one.Write([.. Enumerable.Range(1, 15).Select(Wire)]);
        _other.Write([.. Enumerable.Range(11, 15).Select(number => Wire(number) with { Evidence = Evidence.Transcript, Quality = CountQuality.Exact, Project = "/there", OccurredAt = Some.Time.AddSeconds(number + 1) })]);
        _other.Write(Wire(12) with { Key = UsageKey.OfTranscript("gemini-cli", "the-twelfth-call-of-all"), Evidence = Evidence.Transcript, Client = "gemini-cli", Quality = CountQuality.Exact });
        _one.Execute("INSERT INTO usage_alias SELECT 'gemini-cli:the-twelfth-call-of-all', id FROM usage WHERE id = 12");
        _one.Write(Wire(12) with { Key = UsageKey.OfTranscript("gemini-cli", "the-twelfth-call-of-all"), Evidence = Evidence.Transcript, Client = "gemini-cli", Quality = CountQuality.Exact });
    }

    private static UsageRecord Wire(int number) => Some.Usage() with
    {
        Key = Some.Key(700_000 + number),
        OccurredAt = Some.Time.AddSeconds(number),
        OutputTokens = 100 + number,
        ToolCalls = [new ToolCall($"toolu_{number}", "Bash")],
    };

    private static async Task BackUpAsync(TestDatabase database, string file, CancellationToken cancellationToken) =>
        Assert.That((await ImporterRun.OfAsync(database, cancellationToken, "backup", file)).ExitCode, Is.Zero);

    private static async Task<ImporterRun> MergeAsync(TestDatabase database, string file, CancellationToken cancellationToken)
    {
        var run = await ImporterRun.OfAsync(database, cancellationToken, "merge", file, "--json");
        Assert.That(run.ExitCode, Is.Zero, run.Errors);
        return run;
    }

    private static List<string> Names(TestDatabase database) =>
        database.Query("SELECT alias_key, usage_key FROM usage_alias JOIN usage ON id = usage_id ORDER BY 1").Select(row => string.Join(' ', row.Values)).ToList();

    private static List<string> Tools(TestDatabase database) =>
        database.Query("SELECT usage_key, tool_use_id, name FROM tool_call JOIN usage ON id = usage_id ORDER BY 1, 2").Select(row => string.Join(' ', row.Values)).ToList();
}
