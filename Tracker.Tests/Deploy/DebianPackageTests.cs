using System.Diagnostics;
using System.Runtime.InteropServices;
using Tracker.Tests.Support;

namespace Tracker.Tests.Deploy;

/// <summary>The package of deploy/package-deb.sh, installed, upgraded and removed by dpkg, with the programs that the tests were built with.</summary>
[Platform("Linux")]
public sealed class DebianPackageTests
{
    private const string Quiet = "DEBIAN_FRONTEND=noninteractive HOME=/root";

    [Test, CancelAfter(300_000)]
    public async Task It_runs_as_the_user_who_installs_is_upgraded_under_load_and_leaves_nothing_but_the_data(CancellationToken cancellationToken)
    {
        RequireDpkg();
        await using var calls = await CountedCalls.StartAsync(cancellationToken);
        var home = new AnnsHome(calls);
        await using var machine = await OwnMachine.StartAsync(withSystemd: true, home.Prepare, cancellationToken);
        await machine.DoAsync(home.UsePort, cancellationToken);
        var first = await BuildAsync(machine, "9.8.7", cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(machine.Home, "release/proxy/new-in-this-version"), "", cancellationToken);
        var second = await BuildAsync(machine, "9.8.8", cancellationToken);
        var before = await machine.FilesAsync(cancellationToken);

        // Installed.
        await machine.DoAsync($"{Quiet} SUDO_USER=ann dpkg -i {first}", cancellationToken);
        Assert.That(await machine.ShowAsync("tracker-proxy.service", "ActiveState", cancellationToken), Is.EqualTo("active"));
        Assert.That(await machine.ShowAsync("tracker-proxy.service", "User", cancellationToken), Is.EqualTo("ann"));
        Assert.That(await machine.DoAsync("systemctl is-enabled tracker-proxy.socket tracker-proxy.service tracker-importer.timer", cancellationToken), Is.EqualTo("enabled\nenabled\nenabled"));
        Assert.That(await calls.CallAsync(home.Proxy, cancellationToken), Is.True);
        await machine.DoAsync("systemctl start tracker-importer.service", cancellationToken);
        await machine.DoAsAnnAsync("tracker-proxy connect claude-code --yes", cancellationToken);
        Assert.That(AnnsHome.ReadSettings(machine), Does.Contain("/home/ann/.local/share/tracker/tracker.db"));
        Assert.That(await machine.DoAsAnnAsync("tracker-proxy doctor --offline", cancellationToken), Does.Contain("listens on").And.Not.Contain("another database"));

        // Upgraded, by root without sudo.
        var process = await machine.ShowAsync("tracker-proxy.service", "MainPID", cancellationToken);
        await calls.CallWhileAsync(home.Proxy, () => machine.DoAsync($"{Quiet} dpkg -i {second}", cancellationToken), cancellationToken);
        Assert.That(calls.Failed, Is.Zero);
        Assert.That(await machine.ShowAsync("tracker-proxy.service", "MainPID", cancellationToken), Is.Not.EqualTo(process));
        Assert.That(await machine.ShowAsync("tracker-proxy.service", "User", cancellationToken), Is.EqualTo("ann"));
        await machine.DoAsync("test -e /usr/lib/tracker/proxy/new-in-this-version", cancellationToken);

        // Removed: the clients work without it, those of root as well, who has called 'connect' without being served.
        await machine.DoAsync("mkdir -p /root/.claude && printf '{\\n  // of root\\n}\\n' > /root/.claude/settings.json && HOME=/root tracker-proxy connect claude-code --yes", cancellationToken);
        Assert.That(await machine.DoAsync("cat /root/.claude/settings.json", cancellationToken), Does.Contain("127.0.0.1"));
        await machine.DoAsync($"{Quiet} dpkg -r tracker", cancellationToken);
        Assert.That(await machine.DoAsync("cat /root/.claude/settings.json", cancellationToken), Is.EqualTo("{\n  // of root\n}"));
        await machine.DoAsync("rm -r /root/.claude /root/.config/tracker", cancellationToken);
        Assert.That(AnnsHome.ReadClientSettings(machine), Is.EqualTo(AnnsHome.ClientSettingsBefore));
        Assert.That(AnnsHome.ReadSettings(machine), Is.EqualTo(home.SettingsBefore));
        Assert.That(await calls.CallAsync(home.Proxy, cancellationToken), Is.False);
        Assert.That(await machine.DoAsync("systemctl list-units --all --no-legend 'tracker-*'", cancellationToken), Is.Empty);
        await machine.DoAsync($"{Quiet} dpkg -P tracker", cancellationToken);
        Assert.That((await machine.FilesAsync(cancellationToken)).Except(before), Is.Empty);
        calls.AssertAllAreRows(new TestDatabase(Path.Combine(machine.Home, ".local/share/tracker")));
    }

    [Test, CancelAfter(300_000)]
    public async Task Without_a_user_it_runs_as_one_of_its_own(CancellationToken cancellationToken)
    {
        RequireDpkg();
        await using var calls = await CountedCalls.StartAsync(cancellationToken);
        var home = new AnnsHome(calls);
        await using var machine = await OwnMachine.StartAsync(withSystemd: true, home.Prepare, cancellationToken);
        await machine.DoAsync(home.UsePort, cancellationToken);
        await machine.DoAsync("mkdir -p /etc/tracker && cp /home/ann/.config/tracker/appsettings.json /etc/tracker", cancellationToken);
        var package = await BuildAsync(machine, "9.8.7", cancellationToken);

        await machine.DoAsync($"{Quiet} dpkg -i {package}", cancellationToken);

        Assert.That(await machine.ShowAsync("tracker-proxy.service", "User", cancellationToken), Is.EqualTo("tracker"));
        Assert.That(await calls.CallAsync(home.Proxy, cancellationToken), Is.True);
        await machine.DoAsync("systemctl start tracker-importer.service", cancellationToken);
        Assert.That(await machine.DoAsync("stat -c '%U %a' /var/lib/tracker /var/lib/tracker/tracker.db", cancellationToken), Is.EqualTo("tracker 700\ntracker 600"));
        await machine.DoAsync("systemctl stop tracker-proxy.socket tracker-proxy.service && cp -r /var/lib/tracker /home/ann/data", cancellationToken);
        calls.AssertAllAreRows(new TestDatabase(Path.Combine(machine.Home, "data")));

        // Purged: data and the settings that root wrote are nobody's to delete.
        await machine.DoAsync($"{Quiet} dpkg -P tracker", cancellationToken);
        await machine.DoAsync("test -e /var/lib/tracker/tracker.db && test -e /etc/tracker/appsettings.json && test ! -e /usr/lib/tracker", cancellationToken);
    }

    [Test, CancelAfter(300_000)]
    public async Task Port_that_is_taken_does_not_leave_the_package_half_configured(CancellationToken cancellationToken)
    {
        RequireDpkg();
        await using var calls = await CountedCalls.StartAsync(cancellationToken);
        var home = new AnnsHome(calls);
        await using var machine = await OwnMachine.StartAsync(withSystemd: true, home.Prepare, cancellationToken);
        await machine.DoAsync(home.UsePort, cancellationToken);
        await machine.DoAsync($"printf '[Socket]\\nListenStream=127.0.0.1:{home.Proxy.Port}\\n[Install]\\nWantedBy=sockets.target\\n' > /etc/systemd/system/taken.socket && printf '[Service]\\nExecStart=/bin/true\\n' > /etc/systemd/system/taken.service && systemctl start taken.socket", cancellationToken);
        var package = await BuildAsync(machine, "9.8.7", cancellationToken);

        var said = await machine.DoAsync($"{Quiet} SUDO_USER=ann dpkg -i {package} 2>&1", cancellationToken);

        Assert.That(said, Does.Contain("does not run yet"));
        Assert.That(await machine.DoAsync("dpkg-query -W -f '${Status}\\n' tracker", cancellationToken), Is.EqualTo("install ok installed"));
        await machine.DoAsync("systemctl stop taken.socket && systemctl start tracker-proxy.socket", cancellationToken);
        Assert.That(await calls.CallAsync(home.Proxy, cancellationToken), Is.True);
    }

    [Test, CancelAfter(300_000)]
    public async Task Where_systemd_does_not_run_it_is_installed_and_removed_all_the_same(CancellationToken cancellationToken)
    {
        RequireDpkg();
        await using var machine = await OwnMachine.StartAsync(withSystemd: false, home => Release.CreateIn(Path.Combine(home, "release")), cancellationToken);
        var package = await BuildAsync(machine, "9.8.7", cancellationToken);
        var before = await machine.FilesAsync(cancellationToken);

        await machine.DoAsync($"{Quiet} SUDO_USER=ann dpkg -i {package}", cancellationToken);
        var enabled = await machine.DoAsync("systemctl is-enabled tracker-proxy.socket tracker-proxy.service tracker-importer.timer", cancellationToken);
        var status = await machine.DoAsAnnAsync("tracker-importer status", cancellationToken);
        await machine.DoAsync($"{Quiet} dpkg -P tracker", cancellationToken);

        Assert.That(enabled, Is.EqualTo("enabled\nenabled\nenabled"), "they start with systemd");
        Assert.That(status, Does.Contain("/home/ann/.local/share/tracker"));
        Assert.That((await machine.FilesAsync(cancellationToken)).Except(before), Is.Empty);
    }

    /// <summary>Makes the package of what is in Ann's release.</summary>
    /// <returns>Its name inside.</returns>
    private static async Task<string> BuildAsync(OwnMachine machine, string version, CancellationToken cancellationToken)
    {
        var architecture = RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "arm64" : "x64";
        var name = $"tracker-{version}-linux-{architecture}";
        var files = string.Join(' ', new[] { "LICENSE", "THIRD-PARTY-NOTICES.txt", "README.md", "CHANGELOG.md", "docs" }.Select(file => $"'{Path.Combine(Repository.Root, file)}'"));
        var script = $"set -e; cd '{machine.Home}'; cp -R release {name}; cp -R {files} {name}; tar -c {name} | gzip -1 > {name}.tar.gz; rm -r {name}; sh '{Repository.Deploy("package-deb.sh")}' {name}.tar.gz .";
        using var process = Process.Start(new ProcessStartInfo("sh", ["-c", script]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        var package = (await process.StandardOutput.ReadToEndAsync(cancellationToken)).Trim();
        await process.WaitForExitAsync(cancellationToken);
        Assert.That(process.ExitCode, Is.Zero, await errors);
        return $"/home/ann/{Path.GetFileName(package)}";
    }

    private static void RequireDpkg()
    {
        if (!File.Exists("/usr/bin/dpkg-deb"))
        {
            Assert.Ignore("dpkg is not here.");
        }
    }
}
