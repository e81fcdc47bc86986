using System.Text.Json;
using Tracker.Storage.Hosting;
using Tracker.Tests.Support;

namespace Tracker.Tests.EndToEnd;

/// <summary>The importer as people, cron and service managers run it.</summary>
public sealed class ImporterProcessTests
{
    private readonly TestDatabase _database = new();
    private ClaudeHome _home = null!;

    [SetUp]
    public void SetUp() => _home = new ClaudeHome(_database);

    [TearDown]
    public void TearDown() => _database.Dispose();

    [Test, CancelAfter(60_000)]
    public async Task One_pass_says_what_it_did_and_ends_with_0(CancellationToken cancellationToken)
    {
        _home.Write("a.jsonl", ClaudeHome.Line(1), "garbage", ClaudeHome.Line(2));

        var (exitCode, output, errors) = await RunAsync([], cancellationToken);

        Assert.That(exitCode, Is.Zero);
        Assert.That(output, Does.StartWith("claude-code: 1 file read of 1").And.Contains("2 usage records, 2 new calls, 1 malformed line passed over"));
        Assert.That(output, Does.Contain(_database.Path));
        Assert.That(errors, Does.Contain($"{_home.FilePath("a.jsonl")}:2 is not valid JSON"));
        Assert.That(errors.Split('\n'), Has.Length.EqualTo(1));
    }

    [Test, CancelAfter(60_000)]
    public async Task Status_makes_nothing_where_there_is_no_database(CancellationToken cancellationToken)
    {
        var before = Directory.GetFileSystemEntries(_database.Folder);

        var (exitCode, output, _) = await RunAsync(["status"], cancellationToken);

        Assert.That(exitCode, Is.Zero);
        Assert.That(output, Does.Contain($"There is no database {_database.Path} yet"));
        Assert.That(Directory.GetFileSystemEntries(_database.Folder), Is.EquivalentTo(before));
    }

    [Test, CancelAfter(60_000)]
    public async Task Names_that_a_terminal_would_obey_are_shown_without_that_and_are_whole_for_programs(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(_home.FilePath("p\u001b[31mred"));
        _home.Write("p\u001b[31mred/a.jsonl", "garbage");

        var (_, _, warning) = await RunAsync([], cancellationToken);
        var (_, status, _) = await RunAsync(["status"], cancellationToken);
        var (_, json, _) = await RunAsync(["status", "--json"], cancellationToken);

        Assert.That(warning, Does.Contain("p?[31mred/a.jsonl:1 is not valid JSON").And.Not.Contain("\u001b"));
        Assert.That(status, Does.Contain("p?[31mred/a.jsonl:1: is not valid JSON").And.Not.Contain("\u001b"));
        Assert.That(json, Does.Contain("p\\u001B[31mred"));
        Assert.That(File.ReadAllText(Directory.GetFiles(Path.Combine(_database.Folder, "logs"), "tracker-importer-*.json").Single()), Does.Contain("p\\u001B[31mred"));
    }

    [Test, CancelAfter(60_000)]
    public async Task Json_is_one_document_on_standard_output(CancellationToken cancellationToken)
    {
        _home.Write("a.jsonl", ClaudeHome.Line(1), "garbage");

        var (exitCode, output, _) = await RunAsync(["--json", "--source", "claude-code"], cancellationToken);

        using var document = JsonDocument.Parse(output);
        var source = document.RootElement.GetProperty("sources")[0];
        Assert.That(exitCode, Is.Zero);
        Assert.That(document.RootElement.GetProperty("rows_added").GetInt64(), Is.EqualTo(1));
        Assert.That(source.GetProperty("client").GetString(), Is.EqualTo("claude-code"));
        Assert.That(source.GetProperty("files_read").GetInt64(), Is.EqualTo(1));
        Assert.That(source.GetProperty("trouble")[0].GetProperty("line").GetInt64(), Is.EqualTo(2));
    }

    [Test, CancelAfter(60_000)]
    public async Task Call_of_this_moment_is_joined_to_what_the_proxy_saw_of_it(CancellationToken cancellationToken)
    {
        var now = DateTimeOffset.UtcNow;
        _database.Write(Some.Usage() with
        {
            OccurredAt = now,
            DurationMs = 100,
            Provider = "gemini",
            ResponseModel = "gemini-2.5-flash",
            InputTokens = 1001,
            OutputTokens = 311,
            CacheReadTokens = 20007,
            CacheCreation5mTokens = null,
            CacheCreation1hTokens = null,
        });
        var chats = Directory.CreateDirectory(Path.Combine(_home.Folder, ".gemini", "tmp", "project", "chats"));
        await File.WriteAllLinesAsync(Path.Combine(chats.FullName, "session-2026-11-23T17-51-cdb140b6.jsonl"),
        [
            $$$"""{"sessionId":"cdb140b6","projectHash":"a","startTime":"{{{now:O}}}","lastUpdated":"{{{now:O}}}","kind":"main"}""",
            $$$"""{"id":"a4912833","timestamp":"{{{now:O}}}","type":"gemini","content":"x","model":"gemini-2.5-flash","tokens":{"input":21008,"output":269,"cached":20007,"thoughts":42,"tool":0,"total":21319}}""",
        ], cancellationToken);

        var (exitCode, output, errors) = await RunAsync(["--json"], cancellationToken);

        Assert.That(exitCode, Is.Zero, errors);
        Assert.That(JsonDocument.Parse(output).RootElement.GetProperty("joined").GetInt32(), Is.EqualTo(1));
        Assert.That(_database.Query("SELECT evidence, client FROM usage").Single().Values, Is.EqualTo(new object[] { 3L, "gemini-cli" }));
    }

    [Test, CancelAfter(60_000)]
    public async Task Status_tells_where_logs_were_found_what_was_read_and_what_is_in_the_way(CancellationToken cancellationToken)
    {
        _home.Write("a.jsonl", ClaudeHome.Line(1), "garbage");
        await RunAsync([], cancellationToken);
        _home.Write("b.jsonl", ClaudeHome.Line(2));

        var (exitCode, text, _) = await RunAsync(["status"], cancellationToken);
        var (_, json, _) = await RunAsync(["status", "--json"], cancellationToken);

        using var document = JsonDocument.Parse(json);
        var source = document.RootElement.GetProperty("sources")[0];
        Assert.That(exitCode, Is.Zero);
        Assert.That(text, Does.Match(@"claude-code .* 2 .* 1 .* 1 .* 1 .* 1 line ").And.Contains($"{_home.FilePath("a.jsonl")}:2: is not valid JSON").And.Contains("not found"));
        Assert.That(text, Does.Contain("Not on this machine: codex, "));
        Assert.That((source.GetProperty("files").GetInt64(), source.GetProperty("files_waiting").GetInt64(), source.GetProperty("records").GetInt64(), source.GetProperty("malformed_lines").GetInt64()),
            Is.EqualTo((2L, 1L, 1L, 1L)));
        Assert.That((source.GetProperty("rows").GetInt64(), source.GetProperty("last_record").GetDateTimeOffset()), Is.EqualTo((1L, Some.Time.AddSeconds(1))));
        Assert.That(source.GetProperty("retention")[0].GetProperty("is_default").GetBoolean(), Is.True);
        Assert.That(document.RootElement.GetProperty("last_import").GetDateTimeOffset(), Is.LessThanOrEqualTo(DateTimeOffset.UtcNow));
    }

    [Test, CancelAfter(60_000)]
    public async Task Files_and_folders_without_the_right_to_read_are_told_and_the_others_are_read(CancellationToken cancellationToken)
    {
        var under = BoundByPermissions.Command();
        _home.Write("a.jsonl", ClaudeHome.Line(1));
        var file = _home.Write("b.jsonl", ClaudeHome.Line(2));
        var folder = Directory.CreateDirectory(Path.Combine(_home.Projects, "..", "closed")).FullName;
        File.WriteAllText(Path.Combine(folder, "c.jsonl"), ClaudeHome.Line(3));
#pragma warning disable CA1416 // Not on Windows.
        File.SetUnixFileMode(file, UnixFileMode.None);
        File.SetUnixFileMode(folder, UnixFileMode.None);
        try
        {
            var (exitCode, _, errors) = await RunAsync([], cancellationToken, under: under);
            var (_, json, _) = await RunAsync(["status", "--json"], cancellationToken, under: under);

            using var document = JsonDocument.Parse(json);
            var trouble = document.RootElement.GetProperty("sources")[0].GetProperty("trouble").EnumerateArray().Select(one => one.GetProperty("path").GetString());
            Assert.That(exitCode, Is.EqualTo(1));
            Assert.That(errors, Does.Contain(file).And.Contains(folder));
            Assert.That(_home.Outputs().Keys, Is.EquivalentTo([1]));
            Assert.That(trouble, Is.EquivalentTo([file, folder]));

            File.SetUnixFileMode(folder, UnixFileMode.UserRead); // Names without what they stand for.
            var (_, again, _) = await RunAsync(["status", "--json"], cancellationToken, under: under);
            using var second = JsonDocument.Parse(again);
            Assert.That(second.RootElement.GetProperty("sources")[0].GetProperty("trouble").EnumerateArray().Select(one => one.GetProperty("path").GetString()), Is.EquivalentTo([file, folder]));
        }
        finally
        {
            File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
#pragma warning restore CA1416
    }

    [Test, CancelAfter(60_000)]
    public async Task Again_reads_all_logs_of_the_named_clients_from_their_beginning(CancellationToken cancellationToken)
    {
        _home.Write("a.jsonl", ClaudeHome.Line(1), ClaudeHome.Line(2));
        await RunAsync([], cancellationToken);

        var (_, other, _) = await RunAsync(["--again", "--source", "codex"], cancellationToken);
        var (exitCode, output, _) = await RunAsync(["--again", "--source", "claude-code"], cancellationToken);
        var (_, next, _) = await RunAsync([], cancellationToken);

        Assert.That(other, Does.Not.Contain("file read"));
        Assert.That(exitCode, Is.Zero);
        Assert.That(output, Does.Contain("1 file read of 1").And.Contains("2 usage records, 0 new calls"));
        Assert.That(next, Does.Contain("0 files read of 1"));
    }

    [TestCase(UnixFileMode.None)]
    [TestCase(UnixFileMode.UserRead)]
    [CancelAfter(60_000)]
    public async Task Client_whose_folder_may_not_be_entered_is_not_taken_for_absent(UnixFileMode mode, CancellationToken cancellationToken)
    {
        var under = BoundByPermissions.Command();
        _home.Write("a.jsonl", ClaudeHome.Line(1));
        var folder = Path.Combine(_home.Folder, ".claude");
#pragma warning disable CA1416 // Not on Windows.
        File.SetUnixFileMode(folder, mode);
        try
        {
            var (exitCode, output, errors) = await RunAsync([], cancellationToken, under: under);
            var (_, text, _) = await RunAsync(["status"], cancellationToken, under: under);

            Assert.That(exitCode, Is.EqualTo(1));
            Assert.That(errors, Does.Contain($"{folder} cannot be read (may not be entered by this user"));
            Assert.That(output, Does.Contain("No logs found of codex").And.Contains("could not be read"));
            Assert.That(text, Does.Contain($"{folder}: may not be entered by this user").And.Contains("Not on this machine: codex"));
        }
        finally
        {
            File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
#pragma warning restore CA1416
    }

    [Test, CancelAfter(60_000)]
    public async Task Folders_come_from_CLAUDE_CONFIG_DIR_and_settings(CancellationToken cancellationToken)
    {
        _home.Write("home.jsonl", ClaudeHome.Line(1));
        var others = new[] { "one", "two", "three" }.Select(name => Directory.CreateDirectory(Path.Combine(_database.Folder, name, "projects", "p")).FullName).ToList();
        for (var i = 0; i < others.Count; i++)
        {
            File.WriteAllText(Path.Combine(others[i], "x.jsonl"), ClaudeHome.Line(i + 2) + "\n");
        }

        await using var importer = TrackerProcess.Start("tracker-importer", _home.Folder,
            [$"--Storage:DatabasePath={_database.Path}", $"--Importer:Roots:claude-code:0={_database.Folder}/three/projects"],
            new Dictionary<string, string> { ["CLAUDE_CONFIG_DIR"] = $"{_database.Folder}/one, {_database.Folder}/two" });
        await importer.WaitForExitAsync(cancellationToken);

        Assert.That(_home.Outputs().Keys, Is.EquivalentTo([2, 3, 4]), "as Claude Code itself, it looks there instead of the home");
    }

    [TestCase(), TestCase("status")]
    public async Task Roots_that_bring_nothing_are_warned_of(params string[] command)
    {
        using var end = new CancellationTokenSource(TimeSpan.FromSeconds(60));

        var (exitCode, _, errors) = await RunAsync([.. command, "--Importer:Roots:codx=/x", $"--Importer:Roots:codex={_database.Folder}/missing"], end.Token);

        Assert.That(exitCode, Is.Zero);
        Assert.That(errors, Does.Contain("The setting Importer:Roots:codx is none that Tracker knows").And.Contains($"Importer:Roots:codex names {_database.Folder}/missing, which does not exist"));
    }

    [Test, CancelAfter(60_000)]
    public async Task Without_any_logs_it_says_so_and_ends_with_0(CancellationToken cancellationToken)
    {
        Directory.Delete(Path.Combine(_home.Folder, ".claude"), recursive: true);

        var (exitCode, output, _) = await RunAsync([], cancellationToken);

        Assert.That(exitCode, Is.Zero);
        Assert.That(output, Does.StartWith("No logs found of claude-code, codex, "));
    }

    [Test, CancelAfter(60_000)]
    public async Task Second_importer_says_that_one_is_running_and_ends_with_0(CancellationToken cancellationToken)
    {
        await using var first = Start(["--watch"]);
        await first.WaitForLineAsync(line => line.Contains("imports claude-code, ", StringComparison.Ordinal), cancellationToken);
        _home.Write("a.jsonl", ClaudeHome.Line(1));

        var (exitCode, text, _) = await RunAsync([], cancellationToken);
        var (_, json, _) = await RunAsync(["--json"], cancellationToken);

        Assert.That(exitCode, Is.Zero);
        Assert.That(text, Does.StartWith($"Another importer is at work in {_database.Folder}, "));
        Assert.That(JsonDocument.Parse(json).RootElement.GetProperty("already_running").GetBoolean(), Is.True);
    }

    [Test, CancelAfter(60_000)]
    public async Task Watching_imports_what_comes_and_ends_with_0_when_told_to(CancellationToken cancellationToken)
    {
        await using var importer = Start(["--watch", "--Importer:Interval=00:00:01"]);
        await importer.WaitForLineAsync(line => line.Contains(" every 00:00:01", StringComparison.Ordinal), cancellationToken);
        _home.Write("a.jsonl", ClaudeHome.Line(1));
        await importer.WaitForLineAsync(line => line.Contains("1 new calls", StringComparison.Ordinal), cancellationToken);
        _home.Append("a.jsonl", ClaudeHome.Line(2) + "\n" + ClaudeHome.Line(3) + "\n");
        await importer.WaitForLineAsync(line => line.Contains("2 new calls", StringComparison.Ordinal), cancellationToken);

        importer.Terminate();

        Assert.That(await importer.WaitForExitAsync(cancellationToken), Is.Zero, importer.Output + importer.Errors);
        Assert.That(_home.Outputs().Keys, Is.EquivalentTo([1, 2, 3]));
    }

    [Test, CancelAfter(120_000)]
    public async Task Importer_that_is_killed_in_the_middle_goes_on_from_there([Values] bool besideProxy, CancellationToken cancellationToken)
    {
        const int files = 40;
        const int linesPerFile = 500;
        for (var file = 0; file < files; file++)
        {
            var first = file * linesPerFile;
            _home.Write($"{file}.jsonl", Enumerable.Range(first, linesPerFile).Select(number => ClaudeHome.Line(number)));
        }

        // Beside a proxy it stores a little at a time. Alone, its first transaction is four fifths of these lines; the second is being made, and the first copied into the database.
        using (besideProxy ? DirectoryLock.TryTake(DirectoryLock.ProxyLock(_database.Folder)) : null)
        await using (var importer = Start([]))
        {
            while (!File.Exists(_database.Path) || _database.Scalar<long>("SELECT count(*) FROM usage") == 0)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, cancellationToken);
            }

            importer.Kill();
        }

        Assert.That(_database.Scalar<long>("SELECT count(*) FROM usage"), Is.InRange(1, (files * linesPerFile) - (besideProxy ? 1 : 0)), "it was in the middle");
        var (exitCode, _, _) = await RunAsync([], cancellationToken);

        Assert.That(exitCode, Is.Zero);
        Assert.That(_database.Scalar<long>("SELECT count(*) FROM usage"), Is.EqualTo(files * linesPerFile));
        Assert.That(_database.Scalar<long>("SELECT sum(record_count) FROM import_cursor"), Is.EqualTo(files * linesPerFile));
        Assert.That(_database.Scalar<string>("PRAGMA integrity_check"), Is.EqualTo("ok"));
    }

    [Test, CancelAfter(60_000)]
    public async Task Importer_waits_while_another_program_holds_the_database(CancellationToken cancellationToken)
    {
        _home.Write("a.jsonl", ClaudeHome.Line(1));
        await using var importer = await StartBehindALockAsync(cancellationToken);

        Assert.That(await importer.WaitForExitAsync(cancellationToken), Is.Zero, importer.Errors);
        Assert.That(importer.Output, Does.Contain("1 new call"));
        Assert.That(_home.Outputs().Keys, Is.EquivalentTo([1]));
    }

    private async Task<TrackerProcess> StartBehindALockAsync(CancellationToken cancellationToken)
    {
        using var connection = _database.Connections.Open();
        using var transaction = connection.BeginTransaction();
        var importer = Start(["--Storage:BusyTimeout=00:00:01"]);
        await importer.WaitForErrorAsync(line => line.Contains("the import waits", StringComparison.Ordinal), cancellationToken);
        transaction.Rollback();
        return importer;
    }

    private TrackerProcess Start(IEnumerable<string> arguments, string? database = null, IReadOnlyList<string>? under = null) =>
        TrackerProcess.Start("tracker-importer", _home.Folder, [.. arguments, $"--Storage:DatabasePath={database ?? _database.Path}"], under: under);

    private async Task<(int ExitCode, string Output, string Errors)> RunAsync(
        IEnumerable<string> arguments, CancellationToken cancellationToken, string? database = null, IReadOnlyList<string>? under = null)
    {
        await using var importer = Start(arguments, database, under);
        var exitCode = await importer.WaitForExitAsync(cancellationToken);
        return (exitCode, importer.Output, importer.Errors);
    }
}
