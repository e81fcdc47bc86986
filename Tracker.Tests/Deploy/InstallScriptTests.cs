using System.Net;
using System.Net.Sockets;
using Tracker.Tests.Support;

namespace Tracker.Tests.Deploy;

/// <summary>deploy/install.sh from an unpacked release, with a real systemd of a user.</summary>
[Platform("Linux")]
public sealed class InstallScriptTests : IDisposable
{
    private const string Install = "sh release/deploy/install.sh";
    private readonly TempDirectory _home = new();

    public void Dispose() => _home.Dispose();

    [Test, CancelAfter(240_000)]
    public async Task It_installs_upgrades_under_load_without_a_failed_call_and_leaves_nothing_but_the_data(CancellationToken cancellationToken)
    {
        Release.CreateIn(_home.File("release"));
        await using var calls = await CountedCalls.StartAsync(cancellationToken);
        await using var systemd = await SystemdUser.StartAsync(_home.Path, cancellationToken);
        var proxy = ServicePort.Choose(_home.Path);
        var settings = $$"""{ "Urls": "{{proxy.GetLeftPart(UriPartial.Authority)}}", "Proxy": { "Providers": { "anthropic": { "BaseAddress": "{{calls.Address.GetLeftPart(UriPartial.Authority)}}" } } } }""";
        Write(".config/tracker/appsettings.json", settings);
        const string ClientSettings = "{\n  // mine\n  \"model\": \"opus\",\n}\n";
        Write(".claude/settings.json", ClientSettings);
        var before = Files();

        // Installed: the proxy runs and stores, the importer has its turn.
        var said = await systemd.DoAsync(Install, cancellationToken);
        Assert.That(said, Does.Contain("installed and runs").And.Contain("tracker-proxy connect"));
        Assert.That(await systemd.DoAsync("systemctl --user show --value --property=ActiveState,NRestarts tracker-proxy.service", cancellationToken), Is.EqualTo("0\nactive").Or.EqualTo("active\n0"), Log());
        Assert.That(await systemd.DoAsync("systemctl --user is-enabled tracker-proxy.socket tracker-proxy.service tracker-importer.timer", cancellationToken), Is.EqualTo("enabled\nenabled\nenabled"));
        Assert.That(await systemd.DoAsync("systemctl --user list-timers --no-legend", cancellationToken), Does.Contain("tracker-importer.service"));
        await systemd.DoAsync("systemctl --user start tracker-importer.service", cancellationToken);
        Assert.That(await systemd.ShowAsync("tracker-importer.service", "Result", cancellationToken), Is.EqualTo("success"));
        Assert.That(await calls.CallAsync(proxy, cancellationToken), Is.True);
        await systemd.DoAsync(".local/bin/tracker-proxy connect claude-code --yes", cancellationToken);
        Assert.That(await File.ReadAllTextAsync(_home.File(".claude/settings.json"), cancellationToken), Does.Contain(proxy.Authority));

        // Whatever a shell says, services and user mean one database.
        Assert.That(Settings(), Does.Contain($"\"DatabasePath\": \"{_home.File(".local/share/tracker/tracker.db")}\"").And.Contain($"\"Home\": \"{_home.Path}\""));
        Assert.That(await systemd.DoAsync("XDG_DATA_HOME=/elsewhere .local/bin/tracker-proxy paths", cancellationToken), Does.Contain(_home.File(".local/share/tracker/tracker.db")));

        // Again: nothing changes.
        var process = await systemd.ShowAsync("tracker-proxy.service", "MainPID", cancellationToken);
        var installed = Files();
        Assert.That(await systemd.DoAsync(Install, cancellationToken), Does.Contain("nothing to change"));
        Assert.That(await systemd.ShowAsync("tracker-proxy.service", "MainPID", cancellationToken), Is.EqualTo(process));
        Assert.That(Programs(Files()), Is.EqualTo(Programs(installed)));

        // Upgraded under load.
        await File.WriteAllTextAsync(_home.File("release/proxy/new-in-this-version"), "", cancellationToken);
        await calls.CallWhileAsync(proxy, () => systemd.DoAsync(Install, cancellationToken), cancellationToken);
        Assert.That(calls.Failed, Is.Zero);
        Assert.That(await systemd.ShowAsync("tracker-proxy.service", "MainPID", cancellationToken), Is.Not.EqualTo(process));
        Assert.That(Directory.GetDirectories(_home.File(".local/lib/tracker.d")), Has.Length.EqualTo(1));
        Assert.That(_home.File(".local/lib/tracker/proxy/new-in-this-version"), Does.Exist);

        // Gone, but for the data; the client works without it.
        said = await systemd.DoAsync("sh .local/lib/tracker/deploy/install.sh --uninstall", cancellationToken);
        Assert.That(said, Does.Contain("uninstalled"));
        Assert.That(await File.ReadAllTextAsync(_home.File(".claude/settings.json"), cancellationToken), Is.EqualTo(ClientSettings));
        Assert.That(Settings(), Is.EqualTo(settings));
        Assert.That(before.Except(Files()), Is.Empty);
        Assert.That(Files().Except(before), Is.All.StartsWith(".local/share/tracker/").Or.StartsWith(".config/tracker/").Or.EqualTo("release/proxy/new-in-this-version"));
        Assert.That(await systemd.DoAsync("systemctl --user list-units --all --no-legend 'tracker-*'", cancellationToken), Is.Empty);
        Assert.That(() => calls.CallAsync(proxy, cancellationToken).Result, Is.False);
        calls.AssertAllAreRows(new TestDatabase(_home.File(".local/share/tracker")));

        // Nothing is there to take away any more, and that is no error.
        await systemd.DoAsync(Install + " --uninstall", cancellationToken);
    }

    [Test, CancelAfter(240_000)]
    public async Task Systemd_starts_a_proxy_again_that_was_killed_or_hangs_and_not_one_whose_settings_are_wrong(CancellationToken cancellationToken)
    {
        Release.CreateIn(_home.File("release"));
        await using var systemd = await SystemdUser.StartAsync(_home.Path, cancellationToken);
        var proxy = ServicePort.Choose(_home.Path);
        Write(".config/systemd/user/tracker-proxy.service.d/soon.conf", "[Service]\nWatchdogSec=12s\nRestartSec=100ms\n");
        await systemd.DoAsync(Install, cancellationToken);
        // A connection of its own each time: one to a process that was killed is gone.
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, PooledConnectionLifetime = TimeSpan.Zero }) { BaseAddress = proxy };

        await systemd.DoAsync("systemctl --user kill --signal=KILL tracker-proxy.service", cancellationToken);
        Assert.That(await client.GetStringAsync("/healthz", cancellationToken), Is.EqualTo("ok\n"));

        var process = await RunningAsync(systemd, other: "", cancellationToken);
        await systemd.DoAsync("systemctl --user kill --signal=STOP tracker-proxy.service", cancellationToken);
        process = await RunningAsync(systemd, other: process, cancellationToken);
        Assert.That(await client.GetStringAsync("/healthz", cancellationToken), Is.EqualTo("ok\n"));

        // It says again and again that it is well.
        var beats = new HashSet<string>();
        while (beats.Count < 3)
        {
            beats.Add(await systemd.ShowAsync("tracker-proxy.service", "WatchdogTimestampMonotonic", cancellationToken));
        }

        Assert.That(await systemd.ShowAsync("tracker-proxy.service", "MainPID", cancellationToken), Is.EqualTo(process));

        Write(".config/tracker/appsettings.json", """{ "Proxy": { "IdleTimeout": "never" } }""");
        var (exitCode, _) = await systemd.RunAsync("systemctl --user restart tracker-proxy.service", cancellationToken);
        Assert.That(exitCode, Is.Not.Zero);
        Assert.That(await systemd.ShowAsync("tracker-proxy.service", "ActiveState", cancellationToken), Is.EqualTo("failed"));
        Assert.That(await systemd.ShowAsync("tracker-proxy.service", "ExecMainStatus", cancellationToken), Is.EqualTo("2"));
    }

    [Test, CancelAfter(240_000)]
    public async Task Again_after_another_port_in_the_settings_or_another_variable_in_the_shell_it_takes_them_up(CancellationToken cancellationToken)
    {
        Release.CreateIn(_home.File("release"));
        await using var systemd = await SystemdUser.StartAsync(_home.Path, cancellationToken);
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, PooledConnectionLifetime = TimeSpan.Zero });
        var (first, second) = (FreeAddress(), FreeAddress());

        Write(".config/tracker/appsettings.json", $$"""{ "Urls": "{{first}}" }""");
        await systemd.DoAsync(Install, cancellationToken);
        Assert.That(await client.GetStringAsync(first + "/healthz", cancellationToken), Is.EqualTo("ok\n"));

        await systemd.DoAsync("NO_PROXY=intern.example " + Install, cancellationToken);
        Assert.That(await systemd.DoAsync("tr '\\0' '\\n' < /proc/$(systemctl --user show --value --property=MainPID tracker-proxy.service)/environ", cancellationToken), Does.Contain("NO_PROXY=intern.example"));

        Write(".config/tracker/appsettings.json", Settings().Replace(first, second, StringComparison.Ordinal));
        await systemd.DoAsync(Install, cancellationToken);
        Assert.That(await client.GetStringAsync(second + "/healthz", cancellationToken), Is.EqualTo("ok\n"));
        Assert.That(() => client.GetStringAsync(first + "/healthz", cancellationToken), Throws.InstanceOf<HttpRequestException>());
        Assert.That(await systemd.DoAsync(Install, cancellationToken), Does.Contain("nothing to change"));
    }

    [Test, CancelAfter(1_800_000)]
    public async Task From_a_clone_it_builds_the_programs(CancellationToken cancellationToken)
    {
        if (!Rounds.AreLong)
        {
            Assert.Ignore("Building takes minutes: LONG_TESTS=1.");
        }

        await using var systemd = await SystemdUser.StartAsync(_home.Path, cancellationToken);
        var address = FreeAddress();
        Write(".config/tracker/appsettings.json", $$"""{ "Urls": "{{address}}" }""");
        // The machine's own packages and where it gets them.
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        var packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(home, ".nuget", "packages");
        var configuration = Path.Combine(home, ".nuget", "NuGet", "NuGet.Config");
        if (File.Exists(configuration))
        {
            Write(".nuget/NuGet/NuGet.Config", await File.ReadAllTextAsync(configuration, cancellationToken));
        }

        var said = await systemd.DoAsync($"NUGET_PACKAGES='{packages}' sh '{Repository.Deploy("install.sh")}'", cancellationToken);

        Assert.That(said, Does.Contain("Building the programs.").And.Contain("installed and runs"));
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        Assert.That(await client.GetStringAsync(address + "/healthz", cancellationToken), Is.EqualTo("ok\n"));
        Assert.That(await systemd.DoAsync($"NUGET_PACKAGES='{packages}' sh '{Repository.Deploy("install.sh")}'", cancellationToken), Does.Contain("installed and runs"));
        await systemd.DoAsync("sh .local/lib/tracker/deploy/install.sh --uninstall", cancellationToken);
    }

    [Test, CancelAfter(120_000)]
    public async Task It_says_what_is_wrong_when_the_port_is_taken(CancellationToken cancellationToken)
    {
        Release.CreateIn(_home.File("release"));
        await using var systemd = await SystemdUser.StartAsync(_home.Path, cancellationToken);
        var proxy = ServicePort.Choose(_home.Path);
        using var other = new TcpListener(IPAddress.Loopback, proxy.Port);
        other.Start();

        var (exitCode, output) = await systemd.RunAsync(Install, cancellationToken);

        Assert.That(exitCode, Is.EqualTo(1), output);
        Assert.That(output, Does.Contain("the port could not be opened"));
    }

    [TestCase("--nonsense", "'--nonsense' is no option")]
    [TestCase("--help", "--uninstall")]
    [CancelAfter(60_000)]
    public async Task It_explains_itself(string argument, string text, CancellationToken cancellationToken)
    {
        using var home = new FakeHome();

        var (_, output) = await home.RunAsync("sh", [Repository.Deploy("install.sh"), argument], cancellationToken);

        Assert.That(output, Does.Contain(text));
        Assert.That(Directory.GetFiles(home.Path), Is.Empty);
    }

    private static async Task<string> RunningAsync(SystemdUser systemd, string other, CancellationToken cancellationToken)
    {
        while (true)
        {
            var process = await systemd.ShowAsync("tracker-proxy.service", "MainPID", cancellationToken);
            if (process != "0" && process != other && await systemd.ShowAsync("tracker-proxy.service", "ActiveState", cancellationToken) == "active")
            {
                return process;
            }
        }
    }

    // For the one who has to find out why a service did not start.
    private string Log()
    {
        var folder = _home.File(".local/share/tracker/logs");
        return Directory.Exists(folder) ? string.Join('\n', Directory.GetFiles(folder).Select(File.ReadAllText)) : "";
    }

    private static string FreeAddress() => $"http://127.0.0.1:{FreePort.Find()}";

    private string Settings() => File.ReadAllText(_home.File(".config/tracker/appsettings.json"));

    private void Write(string path, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_home.File(path))!);
        File.WriteAllText(_home.File(path), content);
    }

    private List<string> Files() => [.. Directory.EnumerateFiles(_home.Path, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 }).Select(file => Path.GetRelativePath(_home.Path, file)).Order()];

    private static IEnumerable<string> Programs(IEnumerable<string> files) => files.Where(file => file.StartsWith(".local/lib/", StringComparison.Ordinal));
}
