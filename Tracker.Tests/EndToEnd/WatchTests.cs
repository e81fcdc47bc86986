using Tracker.Storage.Hosting;
using Tracker.Tests.Support;

namespace Tracker.Tests.EndToEnd;

/// <summary>
/// <c>tracker-importer --watch</c> as a service manager runs it. Its full passes are five minutes apart unless a test says otherwise, so what comes sooner was noticed.
/// </summary>
public sealed class WatchTests
{
    private const string Rows = "SELECT count(*) FROM usage";

    private readonly TestDatabase _database = new();
    private ClaudeHome _home = null!;

    [SetUp]
    public void SetUp() => _home = new ClaudeHome(_database);

    [TearDown]
    public void TearDown() => _database.Dispose();

    [Test, CancelAfter(60_000)]
    public async Task Line_that_is_appended_is_a_row(CancellationToken cancellationToken)
    {
        _home.Write("a.jsonl", ClaudeHome.Line(1));
        _home.Write("b.jsonl", ClaudeHome.Line(2));
        await using var importer = await StartAsync(cancellationToken);

        _home.Append("a.jsonl", ClaudeHome.Line(3) + "\n");
        await _database.WaitForAsync(Rows, 3, cancellationToken);
        _home.Append("b.jsonl", ClaudeHome.Line(4) + "\n");
        await _database.WaitForAsync(Rows, 4, cancellationToken);

        Assert.That(importer.Output.Split("Read 2 of 2 files"), Has.Length.EqualTo(2), "only the file that has changed is opened again");
        Assert.That(_home.Outputs().Keys, Is.EquivalentTo([1, 2, 3, 4]));
    }

    [Test, CancelAfter(60_000)]
    public async Task New_files_and_folders_are_read_and_then_watched(CancellationToken cancellationToken)
    {
        await using var importer = await StartAsync(cancellationToken);

        _home.Write("new.jsonl", ClaudeHome.Line(1));
        await _database.WaitForAsync(Rows, 1, cancellationToken);
        Directory.CreateDirectory(_home.FilePath("session/subagents"));
        _home.Write("session/subagents/agent-1.jsonl", ClaudeHome.Line(2));
        await _database.WaitForAsync(Rows, 2, cancellationToken);
        _home.Append("session/subagents/agent-1.jsonl", ClaudeHome.Line(3) + "\n");
        await _database.WaitForAsync(Rows, 3, cancellationToken);
    }

    [Test, CancelAfter(60_000)]
    public async Task Files_and_folders_that_are_moved_in_are_read(CancellationToken cancellationToken)
    {
        _home.Write("a.jsonl.tmp", ClaudeHome.Line(1));
        var elsewhere = Directory.CreateDirectory(Path.Combine(_database.Folder, "elsewhere", "deep"));
        File.WriteAllText(Path.Combine(elsewhere.FullName, "b.jsonl"), ClaudeHome.Line(2) + "\n");
        await using var importer = await StartAsync(cancellationToken);

        File.Move(_home.FilePath("a.jsonl.tmp"), _home.FilePath("a.jsonl"));
        await _database.WaitForAsync(Rows, 1, cancellationToken);
        Directory.Move(Path.Combine(_database.Folder, "elsewhere"), _home.FilePath("moved"));
        await _database.WaitForAsync(Rows, 2, cancellationToken);
        File.Move(_home.FilePath("a.jsonl"), _home.FilePath("renamed.jsonl"));
        _home.Append("renamed.jsonl", ClaudeHome.Line(3) + "\n");
        await _database.WaitForAsync(Rows, 3, cancellationToken);
    }

    [Test, CancelAfter(60_000)]
    public async Task Folder_behind_a_link_is_watched(CancellationToken cancellationToken)
    {
        var elsewhere = Directory.CreateDirectory(Path.Combine(_database.Folder, "elsewhere")).FullName;
        File.WriteAllText(Path.Combine(elsewhere, "a.jsonl"), ClaudeHome.Line(1) + "\n");
        Directory.CreateSymbolicLink(_home.FilePath("linked"), elsewhere);
        await using var importer = await StartAsync(cancellationToken);

        File.AppendAllText(Path.Combine(elsewhere, "a.jsonl"), ClaudeHome.Line(2) + "\n");

        await _database.WaitForAsync(Rows, 2, cancellationToken);
        Assert.That(_database.Scalar<string>("SELECT path FROM import_cursor"), Is.EqualTo(_home.FilePath("linked/a.jsonl")));
    }

    [Test, CancelAfter(60_000)]
    public async Task Root_that_a_setting_names_with_a_slash_behind_it_is_watched(CancellationToken cancellationToken)
    {
        var copy = Directory.CreateDirectory(Path.Combine(_database.Folder, "copy", "projects", "p"));
        var file = Path.Combine(copy.FullName, "a.jsonl");
        File.WriteAllText(file, ClaudeHome.Line(1) + "\n");
        await using var importer = await StartAsync(cancellationToken, settings: [$"--Importer:Roots:claude-code:0={copy.Parent!.FullName}/"]);

        File.AppendAllText(file, ClaudeHome.Line(2) + "\n");

        await _database.WaitForAsync(Rows, 2, cancellationToken);
    }

    [Test, CancelAfter(60_000)]
    public async Task Document_that_is_written_anew_is_read_anew(CancellationToken cancellationToken)
    {
        const string tokens = """{"input":1002,"output":322,"reasoning":44,"cache":{"read":20014,"write":7}}""";
        WriteMessage("""{"input":0,"output":0,"reasoning":0,"cache":{"read":0,"write":0}}""");
        await using var importer = await StartAsync(cancellationToken);

        WriteMessage(tokens);
        await _database.WaitForAsync("SELECT sum(output_tokens) FROM usage", 322, cancellationToken);
        // As programs do that want the old or the new one, and no half, after a crash.
        WriteMessage(tokens.Replace("322", "323", StringComparison.Ordinal), replace: true);
        await _database.WaitForAsync("SELECT sum(output_tokens) FROM usage", 323, cancellationToken);
    }

    [Test, CancelAfter(60_000)]
    public async Task What_a_client_writes_to_its_database_is_read(CancellationToken cancellationToken)
    {
        TestData.CopyTo(TestData.Path("opencode", "1.18.33", "home"), _home.Folder);
        using var opencode = new OtherProgram(Path.Combine(_home.Folder, ".local/share/opencode/opencode.db"), "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; UPDATE session SET title = title || '.'");
        await using var importer = await StartAsync(cancellationToken);
        Assert.That(_database.Scalar<long>(Rows), Is.EqualTo(17));

        opencode.Do("UPDATE message SET data = replace(data, '\"output\":323', '\"output\":324'), time_updated = time_updated + 1 WHERE id = 'msg_209838127001jPZGMNvzfVX4gR'");

        await _database.WaitForAsync("SELECT output_tokens FROM usage WHERE input_tokens = 1007", 324 + 54, cancellationToken);
    }

    [Test, CancelAfter(60_000)]
    public async Task Root_that_comes_goes_and_comes_again_is_found_at_once_and_watched(CancellationToken cancellationToken)
    {
        var client = Path.Combine(_home.Folder, ".claude");
        Directory.Delete(client, recursive: true);
        await using var importer = await StartAsync(cancellationToken);

        Directory.CreateDirectory(_home.Projects);
        _home.Write("a.jsonl", ClaudeHome.Line(1));
        await _database.WaitForAsync(Rows, 1, cancellationToken);
        _home.Append("a.jsonl", ClaudeHome.Line(2) + "\n");
        await _database.WaitForAsync(Rows, 2, cancellationToken);
        Directory.Delete(client, recursive: true);
        Directory.CreateDirectory(_home.Projects);
        _home.Write("b.jsonl", ClaudeHome.Line(3));
        await _database.WaitForAsync(Rows, 3, cancellationToken);
        Assert.That(importer.Output, Does.Not.Contain("are not noticed at once"));
    }

    [Test, CancelAfter(60_000)]
    public async Task File_that_a_link_leads_to_is_looked_at(CancellationToken cancellationToken)
    {
        var elsewhere = Path.Combine(_database.Folder, "elsewhere.jsonl");
        File.WriteAllText(elsewhere, ClaudeHome.Line(1) + "\n");
        File.CreateSymbolicLink(_home.FilePath("a.jsonl"), elsewhere);
        await using var importer = await StartAsync(cancellationToken);

        File.AppendAllText(elsewhere, ClaudeHome.Line(2) + "\n");

        await _database.WaitForAsync(Rows, 2, cancellationToken);
    }

    [Test, CancelAfter(60_000)]
    public async Task Ten_thousand_lines_at_once_are_read_whole(CancellationToken cancellationToken)
    {
        await using var importer = await StartAsync(cancellationToken);

        for (var line = 0; line < 10_000; line++)
        {
            _home.Append($"{line % 10}.jsonl", ClaudeHome.Line(line) + "\n");
        }

        await _database.WaitForAsync(Rows, 10_000, cancellationToken);
        await _database.WaitForAsync("SELECT sum(record_count) FROM import_cursor", 10_000, cancellationToken);
    }

    [Test, CancelAfter(60_000)]
    public async Task Call_of_this_moment_is_joined_without_waiting_for_the_next_full_pass(CancellationToken cancellationToken)
    {
        var chats = Directory.CreateDirectory(Path.Combine(_home.Folder, ".gemini", "tmp", "project", "chats"));
        await using var importer = await StartAsync(cancellationToken);
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

        File.WriteAllLines(Path.Combine(chats.FullName, "session-2026-11-23T17-51-cdb140b6.jsonl"),
        [
            $$$"""{"sessionId":"cdb140b6","projectHash":"a","startTime":"{{{now:O}}}","lastUpdated":"{{{now:O}}}","kind":"main"}""",
            $$$"""{"id":"a4912833","timestamp":"{{{now:O}}}","type":"gemini","content":"x","model":"gemini-2.5-flash","tokens":{"input":21008,"output":269,"cached":20007,"thoughts":42,"tool":0,"total":21319}}""",
        ]);

        await _database.WaitForAsync("SELECT count(*) FROM usage WHERE evidence = 3", 1, cancellationToken);
        Assert.That(_database.Scalar<long>(Rows), Is.EqualTo(1));
    }

    [Test, CancelAfter(120_000)]
    public async Task Importer_that_is_told_to_stop_in_the_middle_ends_with_0_and_goes_on_from_there(CancellationToken cancellationToken)
    {
        const int files = 200;
        const int linesPerFile = 500;
        for (var file = 0; file < files; file++)
        {
            var first = file * linesPerFile;
            _home.Write($"{file}.jsonl", Enumerable.Range(first, linesPerFile).Select(number => ClaudeHome.Line(number)));
        }

        // Beside a proxy it stores a little at a time; alone, its first transaction is four fifths of these lines.
        using (DirectoryLock.TryTake(DirectoryLock.ProxyLock(_database.Folder)))
        await using (var importer = Start())
        {
            while (!File.Exists(_database.Path) || _database.Scalar<long>(Rows) == 0)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, cancellationToken);
            }

            importer.Terminate();
            Assert.That(await importer.WaitForExitAsync(cancellationToken), Is.Zero, importer.Output + importer.Errors);
        }

        Assert.That(_database.Scalar<long>(Rows), Is.InRange(1, (files * linesPerFile) - 1), "it was in the middle");
        await using var second = await StartAsync(cancellationToken);
        Assert.That(_database.Scalar<long>(Rows), Is.EqualTo(files * linesPerFile));
        Assert.That(_database.Scalar<long>("SELECT sum(record_count) FROM import_cursor"), Is.EqualTo(files * linesPerFile));
    }

    [Test, CancelAfter(60_000)]
    public async Task Folder_that_may_not_be_read_does_not_keep_the_others_from_being_watched(CancellationToken cancellationToken)
    {
        var under = BoundByPermissions.Command();
        _home.Write("a.jsonl", ClaudeHome.Line(1));
        var closed = Directory.CreateDirectory(Path.Combine(_home.Projects, "closed")).FullName;
#pragma warning disable CA1416 // Not on Windows.
        File.SetUnixFileMode(closed, UnixFileMode.None);
        try
        {
            await using var importer = await StartAsync(cancellationToken, under: under);
            _home.Append("a.jsonl", ClaudeHome.Line(2) + "\n");
            await _database.WaitForAsync(Rows, 2, cancellationToken);
            Assert.That(importer.Output, Does.Contain($"{closed} cannot be read").And.Not.Contain("are not noticed at once"));
        }
        finally
        {
            File.SetUnixFileMode(closed, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
#pragma warning restore CA1416
    }

    [TestCase("max_inotify_instances", "max_user_instances")]
    [TestCase("max_inotify_watches", "max_user_watches")]
    [CancelAfter(60_000)]
    public async Task Where_the_system_grants_no_watch_files_that_changed_lately_are_looked_at(string limit, string advice, CancellationToken cancellationToken)
    {
        string[] limited = ["unshare", "--user", "--map-root-user", "sh", "-c", $"echo 0 > /proc/sys/user/{limit} && exec \"$@\"", "sh"];
        if (!OperatingSystem.IsLinux() || !Commands.CanRun([.. limited, "true"]))
        {
            Assert.Ignore("Needs Linux with user namespaces, in which a limit can be set.");
        }

        _home.Write("a.jsonl", ClaudeHome.Line(1));
        await using var importer = await StartAsync(cancellationToken, under: limited, isWatching: false);

        Assert.That(importer.Output, Does.Contain("are not noticed at once").And.Contains($"sysctl fs.inotify.{advice}="));
        _home.Append("a.jsonl", ClaudeHome.Line(2) + "\n");
        await _database.WaitForAsync(Rows, 2, cancellationToken);
        _home.Write("b.jsonl", ClaudeHome.Line(3));
        await _database.WaitForAsync(Rows, 3, cancellationToken);
        Directory.CreateDirectory(Path.Combine(_home.Projects, "..", "other"));
        File.WriteAllText(Path.Combine(_home.Projects, "..", "other", "c.jsonl"), ClaudeHome.Line(4) + "\n");
        await _database.WaitForAsync(Rows, 4, cancellationToken);
        _home.Append("b.jsonl", ClaudeHome.Line(5) + "\n");
        await _database.WaitForAsync(Rows, 5, cancellationToken);
        Assert.That(importer.Output.Split("are not noticed at once"), Has.Length.EqualTo(2), "it is told once");
    }

    private void WriteMessage(string tokens, bool replace = false)
    {
        var path = Path.Combine(_home.Folder, ".local/share/opencode/storage/message/ses_df67cb1f0ffe7xPTH97NIHe8Qy/msg_2098354d5001iRLUQPawAYGTvY.json");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var text = $$$"""
            {"id":"msg_2098354d5001iRLUQPawAYGTvY","sessionID":"ses_df67cb1f0ffe7xPTH97NIHe8Qy","role":"assistant","time":{"created":1795455931605,"completed":1795455933006},
             "modelID":"gpt-5","providerID":"openai","mode":"build","path":{"cwd":"/home/dev/project","root":"/home/dev/project"},"cost":0,"tokens":{{{tokens}}},"finish":"stop"}
            """;
        File.WriteAllText(replace ? path + ".tmp" : path, text);
        if (replace)
        {
            File.Move(path + ".tmp", path, overwrite: true);
        }
    }

    private TrackerProcess Start(string interval = "00:05:00", IReadOnlyList<string>? under = null, IReadOnlyList<string>? settings = null) => TrackerProcess.Start(
        "tracker-importer", _home.Folder, ["--watch", $"--Storage:DatabasePath={_database.Path}", $"--Importer:Interval={interval}", "--Logging:Level=Debug", .. settings ?? []], under: under);

    // After the full pass it makes once more when it has begun to watch.
    private async Task<TrackerProcess> StartAsync(
        CancellationToken cancellationToken, string interval = "00:05:00", IReadOnlyList<string>? under = null, IReadOnlyList<string>? settings = null, bool isWatching = true)
    {
        var importer = Start(interval, under, settings);
        try
        {
            var passes = isWatching && Directory.Exists(_home.Projects) ? 2 : 1;
            await importer.WaitForLineAsync(_ => importer.Output.Split(" files: ").Length > passes, cancellationToken);
            return importer;
        }
        catch
        {
            await importer.DisposeAsync();
            throw;
        }
    }
}
