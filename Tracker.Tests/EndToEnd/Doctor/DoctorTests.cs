using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Microsoft.AspNetCore.Http;
using Tracker.Storage.Usage;
using Tracker.Tests.Support;

namespace Tracker.Tests.EndToEnd.Doctor;

/// <summary>What <c>tracker-proxy doctor</c> says of set-ups that work, and of broken ones. Real processes and files.</summary>
public sealed class DoctorTests : IDisposable
{
    private readonly TestDatabase _database = new();
    private int _asked;

    public void Dispose() => _database.Dispose();

    [Test, CancelAfter(120_000)]
    public async Task Set_up_that_works_is_in_no_trouble(CancellationToken cancellationToken)
    {
        await using var upstream = await StartUpstreamAsync(cancellationToken);
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, upstream.Address, cancellationToken);
        using var client = new HttpClient { BaseAddress = proxy.Address };
        using var response = await client.PostAsync("/v1/messages", new StringContent("{}"), cancellationToken);
        await proxy.WaitForStoredAsync(1, cancellationToken);

        var run = await DoctorRun.OfAsync(proxy, _database, cancellationToken);

        Assert.That(run.Findings.Where(finding => finding.Verdict == "trouble"), Is.Empty);
        Assert.That(run.ExitCode, Is.Zero);
        Assert.That(run.Find("port", $"listens on {proxy.Address.ToString().TrimEnd('/')}").Verdict, Is.EqualTo("ok"));
        Assert.That(run.Find("recording", "stores what it sees").Verdict, Is.EqualTo("ok"));
        Assert.That(run.Find("upstream", "anthropic at").Verdict, Is.EqualTo("ok"));
        Assert.That(run.Find("database", "is sound").Verdict, Is.EqualTo("ok"));
        Assert.That(run.Find("importer", "no pass").Verdict, Is.EqualTo("warning"));
        Assert.That(_asked, Is.EqualTo(1), "of the upstream, besides the call");
        Assert.That(_database.Scalar<long>("SELECT count(*) FROM usage"), Is.EqualTo(1), "asking makes no row");
    }

    [Test, CancelAfter(120_000)]
    public async Task Page_for_people_says_what_to_do_and_how_many_things_are_in_trouble(CancellationToken cancellationToken)
    {
        await using var process = TrackerProcess.Start("tracker-proxy", _database.Folder, ["doctor", "--Urls=http://127.0.0.1:1"]);
        var exitCode = await process.WaitForExitAsync(cancellationToken);

        Assert.That(exitCode, Is.EqualTo(1));
        Assert.That(process.Output, Does.Match(@"(?m)^trouble  port          nothing listens on http://127\.0\.0\.1:1").And.Contains("-> ").And.Match("(?m)^One thing is in trouble, \\d+ more should be looked at\\.|^One thing is in trouble\\."));
    }

    [Test, CancelAfter(120_000), Platform("Linux"), SupportedOSPlatform("linux")]
    public async Task Units_of_the_user_that_a_package_has_beside_the_running_service_of_the_machine_are_no_trouble(CancellationToken cancellationToken)
    {
        using var folder = new TempDirectory();
        var systemctl = folder.File("systemctl");
        await File.WriteAllTextAsync(systemctl, """
            #!/bin/sh
            if [ "$1" = --user ]; then printf 'LoadState=loaded\nActiveState=inactive\nUnitFileState=disabled\n'; else printf 'LoadState=loaded\nActiveState=active\nUnitFileState=enabled\n'; fi
            """, cancellationToken);
        File.SetUnixFileMode(systemctl, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        var path = new Dictionary<string, string> { ["PATH"] = $"{folder.Path}:{Environment.GetEnvironmentVariable("PATH")}" };
        await using var process = TrackerProcess.Start("tracker-proxy", _database.Folder, ["doctor", "--Urls=http://127.0.0.1:1"], path);
        await process.WaitForExitAsync(cancellationToken);

        Assert.That(process.Output, Does.Contain("the system service runs").And.Not.Contain("user service"));
    }

    [Test, CancelAfter(120_000)]
    public async Task Offline_asks_no_upstream(CancellationToken cancellationToken)
    {
        WriteRecent(Some.Usage());
        await using var upstream = await StartUpstreamAsync(cancellationToken);
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, upstream.Address, cancellationToken);

        var run = await DoctorRun.OfAsync(proxy, _database, cancellationToken, "--offline");

        Assert.That((run.ExitCode, _asked), Is.EqualTo((0, 0)));
        Assert.That(run.Findings.Select(finding => finding.Check), Has.No.Member("upstream"));
    }

    [Test, CancelAfter(120_000)]
    public async Task Nothing_at_all_is_told_and_stays_nothing(CancellationToken cancellationToken)
    {
        var folder = Path.Combine(_database.Folder, "not-there");

        var run = await DoctorRun.RunAsync(_database.Folder, ["--Urls=http://127.0.0.1:1", $"--Storage:DatabasePath={folder}/tracker.db"], cancellationToken);

        Assert.That(run.ExitCode, Is.EqualTo(1));
        Assert.That(run.Find("port", "nothing listens on").Verdict, Is.EqualTo("trouble"));
        Assert.That(run.Find("database", "is not there yet").Verdict, Is.EqualTo("warning"));
        Assert.That(Directory.Exists(folder), Is.False);
    }

    [Test, CancelAfter(120_000)]
    public async Task Stranger_on_the_port_is_not_taken_for_the_proxy(CancellationToken cancellationToken)
    {
        await using var stranger = await KestrelUpstream.StartAsync(context => context.Response.WriteAsync("<html>hello</html>", context.RequestAborted), cancellationToken);

        var run = await DoctorRun.RunAsync(_database.Folder, [$"--Urls={stranger.Address}", $"--Storage:DatabasePath={_database.Path}"], cancellationToken);

        Assert.That(run.ExitCode, Is.EqualTo(1));
        Assert.That(run.Find("port", "another program has").Verdict, Is.EqualTo("trouble"));
        Assert.That(run.Find("port", "another program has").Advice, Does.Contain($"{stranger.Address.Port}"));
    }

    [Test, CancelAfter(120_000)]
    public async Task Stranger_that_speaks_no_HTTP_is_told_too(CancellationToken cancellationToken)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var greeting = Task.Run(
            async () =>
            {
                using var connection = await listener.AcceptTcpClientAsync(cancellationToken);
                await connection.GetStream().WriteAsync("220 mail.example ESMTP\r\n"u8.ToArray(), cancellationToken);
                await connection.GetStream().CopyToAsync(Stream.Null, cancellationToken); // Until the doctor has had enough.
            },
            cancellationToken);

        var run = await DoctorRun.RunAsync(_database.Folder, [$"--Urls=http://{listener.LocalEndpoint}"], cancellationToken);

        await greeting;
        Assert.That(run.Find("port", "does not speak HTTP").Verdict, Is.EqualTo("trouble"));
    }

    [Test, CancelAfter(120_000)]
    public async Task Proxy_of_another_database_is_told(CancellationToken cancellationToken)
    {
        using var other = new TestDatabase();
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, new Uri("http://127.0.0.1:1"), cancellationToken);

        var run = await DoctorRun.OfAsync(proxy, other, cancellationToken);

        Assert.That(run.Find("port", _database.Path).Verdict, Is.EqualTo("trouble"));
    }

    [Test, CancelAfter(120_000)]
    public async Task Upstream_that_the_proxy_cannot_reach_is_told_from_one_that_refuses(CancellationToken cancellationToken)
    {
        WriteRecent(Some.Usage(), Some.Usage() with { Provider = "openai" }, Some.Usage() with { Provider = "gone" });
        await using var failing = await KestrelUpstream.StartAsync(
            context =>
            {
                context.Response.StatusCode = 503;
                return Task.CompletedTask;
            },
            cancellationToken);
        await using var proxy = await ProxyUnderTest.StartAsync(
            _database.Folder, new Uri("http://127.0.0.1:1"), cancellationToken, $"Proxy:Providers:openai:BaseAddress={failing.Address.ToString().TrimEnd('/')}");

        var run = await DoctorRun.OfAsync(proxy, _database, cancellationToken, "--Proxy:Providers:anthropic:BaseAddress=http://127.0.0.1:1");

        Assert.That(run.ExitCode, Is.EqualTo(1));
        Assert.That(run.Find("upstream", "cannot reach anthropic at http://127.0.0.1:1: ").Verdict, Is.EqualTo("trouble"));
        Assert.That(run.Find("upstream", "answers 503").Verdict, Is.EqualTo("warning"));
    }

    [TestCase("not a database at all")]
    [TestCase("")]
    [CancelAfter(120_000)]
    public async Task Damaged_database_is_told_with_the_way_to_repair_it(string overwritten, CancellationToken cancellationToken)
    {
        _database.Write([.. Enumerable.Range(0, 2000).Select(_ => Some.Usage())]);
        var (at, bytes) = overwritten.Length == 0 ? (20 * 4096, Enumerable.Repeat((byte)0xAB, 8 * 4096).ToArray()) : (0, System.Text.Encoding.ASCII.GetBytes(overwritten));
        await using (var file = new FileStream(_database.Path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            file.Position = at;
            await file.WriteAsync(bytes, cancellationToken);
        }

        var before = await File.ReadAllBytesAsync(_database.Path, cancellationToken);
        var run = await DoctorRun.OfAsync(_database, cancellationToken);

        Assert.That(run.ExitCode, Is.EqualTo(1));
        Assert.That(run.Find("database", "is damaged").Advice, Does.Contain("doctor --repair"));
        Assert.That(await File.ReadAllBytesAsync(_database.Path, cancellationToken), Is.EqualTo(before), "looking changes nothing");
    }

    [Test, CancelAfter(120_000)]
    public async Task Database_of_a_newer_Tracker_is_told(CancellationToken cancellationToken)
    {
        _database.Execute("PRAGMA user_version = 9999");

        var run = await DoctorRun.OfAsync(_database, cancellationToken);

        Assert.That(run.Find("database", "made by a newer Tracker").Verdict, Is.EqualTo("trouble"));
    }

    [Test, CancelAfter(120_000)]
    public async Task Database_of_another_program_is_told(CancellationToken cancellationToken)
    {
        await using (var foreign = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={_database.Path};Pooling=False"))
        {
            foreign.Open();
            using var command = foreign.CreateCommand();
            command.CommandText = "CREATE TABLE session (x)";
            command.ExecuteNonQuery();
        }

        var run = await DoctorRun.OfAsync(_database, cancellationToken);

        Assert.That(run.Find("database", "of another program").Verdict, Is.EqualTo("trouble"));
    }

    [Test, CancelAfter(120_000)]
    public async Task Locked_database_is_told_after_the_usual_wait(CancellationToken cancellationToken)
    {
        _database.Write(Some.Usage());
        await using var holder = await LockHolder.StartAsync(_database.Path, cancellationToken);

        var run = await DoctorRun.OfAsync(_database, cancellationToken, "--Storage:BusyTimeout=00:00:01");

        Assert.That(run.Find("database", "another program has held").Verdict, Is.EqualTo("trouble"));
        Assert.That(run.Find("prices", "every call").Verdict, Is.EqualTo("ok"), "what can be read is looked at");
    }

    [Test, CancelAfter(120_000)]
    public async Task Folder_that_cannot_be_written_and_a_disk_without_room_are_told(CancellationToken cancellationToken)
    {
        using var disk = SmallDisk.Mount(megabytes: 8);
        var database = new TestDatabase(disk.Path);
        database.Write(Some.Usage());
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();

        var small = await DoctorRun.OfAsync(database, cancellationToken);
        disk.MakeReadOnly();
        var readOnly = await DoctorRun.OfAsync(database, cancellationToken);

        Assert.That(small.Find("disk", "are free").Verdict, Is.EqualTo("trouble"));
        Assert.That(readOnly.Find("folder", "nothing can be written to").Verdict, Is.EqualTo("trouble"));
        Assert.That(readOnly.Findings.Single(finding => finding.Check == "database").Verdict, Is.EqualTo("trouble"));
    }

    [Test, CancelAfter(120_000)]
    public async Task Records_that_a_killed_proxy_has_left_in_the_journal_are_counted(CancellationToken cancellationToken)
    {
        await using var calls = await CountedCalls.StartAsync(cancellationToken);
        await using (var proxy = await ProxyUnderTest.StartAsync(_database.Folder, calls.Address, cancellationToken))
        {
            await calls.CallTimesAsync(proxy.Address, 20, cancellationToken);
            var running = await DoctorRun.OfAsync(proxy, _database, cancellationToken, "--offline");
            Assert.That(running.Find("journal", "looks after").Verdict, Is.EqualTo("ok"));
            proxy.Process.Kill();
        }

        var run = await DoctorRun.OfAsync(_database, cancellationToken);

        Assert.That(run.Find("journal", $"{calls.Completed} records were left").Verdict, Is.EqualTo("warning"));
    }

    [Test, CancelAfter(120_000)]
    public async Task Content_that_needs_a_look_is_told(CancellationToken cancellationToken)
    {
        WriteRecent(
            Some.Usage() with { ResponseModel = "claude-unheard-of" },
            Some.Usage() with { Evidence = Evidence.Transcript, Client = "codex", Provider = "openai" },
            Some.Usage() with { Client = "claude-code" });
        _database.Write(Some.Usage() with { OccurredAt = TimeProvider.System.GetUtcNow().AddDays(400) });
        _database.Execute("INSERT INTO setting VALUES ('last_import_at_ms', '1700000000000')");
        var second = Directory.CreateDirectory(Path.Combine(_database.Folder, OperatingSystem.IsWindows() ? "Tracker" : OperatingSystem.IsMacOS() ? "Library/Application Support/Tracker" : ".local/share/tracker")).FullName;
        await File.WriteAllTextAsync(Path.Combine(second, "tracker.db"), "x", cancellationToken);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(_database.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        }

        var run = await DoctorRun.OfAsync(_database, cancellationToken);

        Assert.That(run.Find("prices", "1 call of anthropic/claude-unheard-of has no cost").Verdict, Is.EqualTo("warning"));
        Assert.That(run.Find("clock", "1 call is later than now").Verdict, Is.EqualTo("warning"));
        Assert.That(run.Find("importer", "the last pass").Verdict, Is.EqualTo("warning"));
        Assert.That(run.Find("clients", "Codex cannot be pointed here").Verdict, Is.EqualTo("ok"), "it is not logged in");
        Assert.That(run.Find("clients", "though its settings").Verdict, Is.EqualTo("ok"));
        Assert.That(run.Find("database", "there is another database").Verdict, Is.EqualTo("warning"));
        Assert.That(OperatingSystem.IsWindows() || run.Find("database", "other users").Advice!.StartsWith("chmod 600", StringComparison.Ordinal));
    }

    [Test, CancelAfter(120_000), Platform(Exclude = "Win")]
    public async Task Commands_can_be_pasted_whatever_paths_and_models_are_called(CancellationToken cancellationToken)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_database.Folder, "Application Support")).FullName;
        var database = new TestDatabase(folder);
        database.Write(
            Some.Usage() with { ResponseModel = "x$(touch pwned)'; touch pwned" }, Some.Usage() with { ResponseModel = "--Storage:DatabasePath=pwned", RequestModel = null },
            Some.Usage() with { ResponseModel = null, RequestModel = null });
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        var journal = Directory.CreateDirectory(Path.Combine(folder, "journal")).FullName;
        await File.WriteAllTextAsync(Path.Combine(journal, "1.damaged"), "x", cancellationToken);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(database.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        }

        var run = await DoctorRun.OfAsync(database, cancellationToken);

        Assert.That(run.Find("database", "other users").Advice, Is.EqualTo($"chmod 600 '{database.Path}'*"));
        Assert.That(run.Find("journal", "damaged").Advice, Does.StartWith($"delete '{journal}/'*.damaged "));
        Assert.That(run.Find("prices", "x$(").Advice, Does.StartWith(@"tracker-importer prices show 'x$(touch pwned)'\''; touch pwned'; "));
        Assert.That(run.Find("prices", "--Storage").Advice, Does.StartWith("tracker-importer prices show -- --Storage:DatabasePath=pwned; "));
        Assert.That(run.Find("prices", "anthropic/?").Advice, Does.Contain("/stats/requests?model="), "there is no name to look for");
    }

    [Test, CancelAfter(120_000)]
    public async Task Client_that_is_pointed_at_another_address_is_told_and_one_that_is_pointed_here_is_well(CancellationToken cancellationToken)
    {
        var settings = Path.Combine(Directory.CreateDirectory(Path.Combine(_database.Folder, ".claude")).FullName, "settings.json");
        await File.WriteAllTextAsync(settings, """{ "env": { "ANTHROPIC_BASE_URL": "http://127.0.0.1:9999" } }""", cancellationToken);
        var elsewhere = await DoctorRun.OfAsync(_database, cancellationToken);
        await File.WriteAllTextAsync(settings, """{ "env": { "ANTHROPIC_BASE_URL": "http://127.0.0.1:1" } }""", cancellationToken);
        var here = await DoctorRun.OfAsync(_database, cancellationToken);

        Assert.That(elsewhere.Find("clients", "Claude Code is pointed at http://127.0.0.1:9999").Advice, Does.Contain("tracker-proxy connect claude-code"));
        Assert.That(here.Find("clients", "Claude Code is pointed here").Verdict, Is.EqualTo("ok"));
    }

    [Test, CancelAfter(120_000)]
    public async Task Client_that_is_pointed_here_is_well_unless_something_stands_in_its_way(CancellationToken cancellationToken)
    {
        await WriteAsync(".gemini/settings.json", """{ "security": { "auth": { "selectedType": "gemini-api-key" } } }""", cancellationToken);
        await WriteAsync(".cline/data/settings/providers.json", """{ "providers": { "anthropic": { "settings": { "provider": "anthropic" } } } }""", cancellationToken);
        await WriteAsync(".claude/settings.json", """{ "env": { "ANTHROPIC_BASE_URL": "http://127.0.0.1:1", "HTTP_PROXY": "http://proxy.example:3128" } }""", cancellationToken);
        await ConnectAsync(cancellationToken, "gemini-cli", "cline", "bash");

        var run = await DoctorRun.OfAsync(_database, cancellationToken);
        var list = await ConnectAsync(cancellationToken, "--list");

        Assert.That(
            (run.Find("clients", "Gemini CLI is pointed here").Verdict, run.Find("clients", "Cline is pointed here").Verdict, run.Find("clients", "bash points what is started from it here").Verdict),
            Is.EqualTo(("ok", "ok", "ok")));
        Assert.That(run.Find("clients", "Claude Code is pointed here").Verdict, Is.EqualTo("warning"));
        Assert.That(list, Does.Contain("is not trusted, it does not read this one").And.Contain("when it is started again").And.Contain("shells that are opened from now on").And.Contain("HTTP_PROXY is set"));
    }

    [Test, CancelAfter(120_000)]
    public async Task Client_that_works_past_the_proxy_though_it_is_pointed_here_is_told(CancellationToken cancellationToken)
    {
        var logged = Some.Usage() with { Evidence = Evidence.Transcript, Client = "claude-code" };
        _database.Write(logged with { OccurredAt = TimeProvider.System.GetUtcNow().AddHours(-1) });
        await ConnectAsync(cancellationToken, "claude-code");

        var connected = await DoctorRun.OfAsync(_database, cancellationToken);
        WriteRecent(logged with { Key = Some.Key() });
        var past = await DoctorRun.OfAsync(_database, cancellationToken);
        WriteRecent(Some.Usage() with { Client = "claude-code" });
        var seen = await DoctorRun.OfAsync(_database, cancellationToken);

        Assert.That(connected.Find("clients", "Claude Code is pointed here").Verdict, Is.EqualTo("ok"), "what its logs tell of was before");
        Assert.That(past.Find("clients", "Claude Code is pointed here").Verdict, Is.EqualTo("warning"));
        Assert.That(past.Find("clients", "works past the proxy").Advice, Does.Contain("start it again"));
        Assert.That(seen.Find("clients", "Claude Code is pointed here").Verdict, Is.EqualTo("ok"));
    }

    [Test, CancelAfter(120_000)]
    public async Task Client_that_was_pointed_here_by_hand_and_that_the_proxy_has_never_seen_works_past_it(CancellationToken cancellationToken)
    {
        await WriteAsync(".claude/settings.json", """{ "env": { "ANTHROPIC_BASE_URL": "http://127.0.0.1:1" } }""", cancellationToken);
        WriteRecent(Some.Usage() with { Evidence = Evidence.Transcript, Client = "claude-code" });

        var run = await DoctorRun.OfAsync(_database, cancellationToken);

        Assert.That(run.Find("clients", "Claude Code is pointed here").Verdict, Is.EqualTo("warning"));
        Assert.That(run.Find("clients", "and the proxy has seen none in 30 days").Advice, Does.Contain("another address goes before this one"));
    }

    [Test, CancelAfter(120_000)]
    public async Task Wrong_setting_in_the_file_is_a_finding_and_a_wrong_argument_ends_it_with_2(CancellationToken cancellationToken)
    {
        var settings = Directory.CreateDirectory(Path.Combine(_database.Folder, OperatingSystem.IsWindows() ? "Tracker" : OperatingSystem.IsMacOS() ? "Library/Application Support/Tracker" : ".config/tracker"));
        await File.WriteAllTextAsync(Path.Combine(settings.FullName, "appsettings.json"), """{ "Proxy": { "IdleTimeout": "soon" } }""", cancellationToken);

        var run = await DoctorRun.RunAsync(_database.Folder, [], cancellationToken);
        await using var wrong = TrackerProcess.Start("tracker-proxy", _database.Folder, ["doctor", "--nonsense"]);

        Assert.That(run.ExitCode, Is.EqualTo(1));
        Assert.That(run.Find("settings", "Proxy:IdleTimeout").Verdict, Is.EqualTo("trouble"));
        Assert.That(await wrong.WaitForExitAsync(cancellationToken), Is.EqualTo(2));
        Assert.That(wrong.Errors, Does.Contain("--nonsense"));
    }

    // An upstream as Anthropic's: it refuses who has no key.
    private Task<KestrelUpstream> StartUpstreamAsync(CancellationToken cancellationToken) => KestrelUpstream.StartAsync(
        context =>
        {
            if (context.Request.Method == "POST")
            {
                return context.WriteMessageAsync(1);
            }

            Interlocked.Increment(ref _asked);
            context.Response.StatusCode = context.Request.Path == "/v1/models" ? 401 : 500;
            return Task.CompletedTask;
        },
        cancellationToken);

    private async Task WriteAsync(string path, string text, CancellationToken cancellationToken)
    {
        var file = Path.Combine([_database.Folder, .. path.Split('/')]);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await File.WriteAllTextAsync(file, text, cancellationToken);
    }

    private async Task<string> ConnectAsync(CancellationToken cancellationToken, params string[] arguments)
    {
        await using var process = TrackerProcess.Start("tracker-proxy", _database.Folder, ["connect", .. arguments, "--Urls=http://127.0.0.1:1", $"--Storage:DatabasePath={_database.Path}"]);
        Assert.That(await process.WaitForExitAsync(cancellationToken), Is.Zero, process.Output + process.Errors);
        return process.Output;
    }

    private void WriteRecent(params UsageRecord[] records) => _database.Write([.. records.Select(record => record with { OccurredAt = TimeProvider.System.GetUtcNow() })]);
}
