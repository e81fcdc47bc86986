using System.Text.Json;
using Tracker.Tests.Support;

namespace Tracker.Tests.Deploy;

/// <summary>deploy/install.sh --system as root of a machine with systemd, for a user of it.</summary>
[Platform("Linux")]
public sealed class SystemInstallTests
{
    private const string Install = "SUDO_USER=ann HOME=/root sh /home/ann/release/deploy/install.sh --system";

    [Test, CancelAfter(240_000)]
    public async Task It_works_as_the_user_who_installs_on_that_users_data_and_leaves_nothing_else(CancellationToken cancellationToken)
    {
        await using var calls = await CountedCalls.StartAsync(cancellationToken);
        var home = new AnnsHome(calls);
        await using var machine = await OwnMachine.StartAsync(withSystemd: true, home.Prepare, cancellationToken);
        await machine.DoAsync(home.UsePort, cancellationToken);
        var before = await machine.FilesAsync(cancellationToken);

        // Installed: services of the machine, data of the user.
        var said = await machine.DoAsync(Install, cancellationToken);
        Assert.That(said, Does.Contain("installed and runs").And.Contain("/usr/local/bin/tracker-proxy connect"));
        Assert.That(await machine.ShowAsync("tracker-proxy.service", "ActiveState", cancellationToken), Is.EqualTo("active"));
        Assert.That(await machine.DoAsync("systemctl is-enabled tracker-proxy.socket tracker-proxy.service tracker-importer.timer", cancellationToken), Is.EqualTo("enabled\nenabled\nenabled"));
        Assert.That(await calls.CallAsync(home.Proxy, cancellationToken), Is.True);
        await machine.DoAsync("systemctl start tracker-importer.service", cancellationToken);
        Assert.That(await machine.ShowAsync("tracker-importer.service", "Result", cancellationToken), Is.EqualTo("success"));
        Assert.That(await machine.DoAsync("find /home/ann/.local/share /home/ann/.config -not -user ann", cancellationToken), Is.Empty);

        // Whatever the user's shell says, everybody means one database.
        Assert.That(AnnsHome.ReadSettings(machine), Does.Contain("// mine").And.Contain("\"DatabasePath\": \"/home/ann/.local/share/tracker/tracker.db\"").And.Contain("\"Home\": \"/home/ann\""));
        var doctor = await machine.DoAsAnnAsync("env XDG_DATA_HOME=/home/ann/elsewhere tracker-proxy doctor --offline --json", cancellationToken);
        Assert.That(JsonDocument.Parse(doctor).RootElement.GetProperty("database").GetString(), Is.EqualTo("/home/ann/.local/share/tracker/tracker.db"));
        Assert.That(doctor, Does.Contain("listens on").And.Not.Contain("another database"));
        var (_, ofRoot) = await machine.RunAsync($"HOME=/root tracker-proxy doctor --offline --Urls={home.Proxy.GetLeftPart(UriPartial.Authority)}", cancellationToken);
        Assert.That(ofRoot, Does.Contain("writes to /home/ann/.local/share/tracker/tracker.db"));

        // Again: nothing changes.
        await machine.DoAsAnnAsync("tracker-proxy connect claude-code --yes", cancellationToken);
        var process = await machine.ShowAsync("tracker-proxy.service", "MainPID", cancellationToken);
        Assert.That(await machine.DoAsync(Install, cancellationToken), Does.Contain("nothing to change"));
        Assert.That(await machine.ShowAsync("tracker-proxy.service", "MainPID", cancellationToken), Is.EqualTo(process));

        // Upgraded under load, by root without sudo: it goes on working for the user.
        await File.WriteAllTextAsync(Path.Combine(machine.Home, "release/proxy/new-in-this-version"), "", cancellationToken);
        await calls.CallWhileAsync(home.Proxy, () => machine.DoAsync(Install.Replace("SUDO_USER=ann ", "", StringComparison.Ordinal), cancellationToken), cancellationToken);
        Assert.That(await machine.ShowAsync("tracker-proxy.service", "User", cancellationToken), Is.EqualTo("ann"));
        Assert.That(calls.Failed, Is.Zero);
        Assert.That(await machine.ShowAsync("tracker-proxy.service", "MainPID", cancellationToken), Is.Not.EqualTo(process));
        await machine.DoAsync("test -e /usr/local/lib/tracker/proxy/new-in-this-version && test $(ls /usr/local/lib/tracker.d | wc -l) = 1", cancellationToken);

        // Gone, by root without sudo: the installed services know whose they are.
        said = await machine.DoAsync("HOME=/root sh /usr/local/lib/tracker/deploy/install.sh --system --uninstall", cancellationToken);
        Assert.That(said, Does.Contain("uninstalled"));
        Assert.That(AnnsHome.ReadClientSettings(machine), Is.EqualTo(AnnsHome.ClientSettingsBefore));
        Assert.That(AnnsHome.ReadSettings(machine), Is.EqualTo(home.SettingsBefore));
        Assert.That((await machine.FilesAsync(cancellationToken)).Except(before), Is.Empty);
        Assert.That(before.Except(await machine.FilesAsync(cancellationToken)), Is.Empty);
        Assert.That(await machine.DoAsync("systemctl list-units --all --no-legend 'tracker-*'", cancellationToken), Is.Empty);
        Assert.That(await calls.CallAsync(home.Proxy, cancellationToken), Is.False);
        calls.AssertAllAreRows(new TestDatabase(Path.Combine(machine.Home, ".local/share/tracker")));
    }

    [Test, CancelAfter(120_000)]
    public async Task Settings_of_the_user_bring_no_line_into_the_units(CancellationToken cancellationToken)
    {
        const string Settings = """{ "Storage": { "DatabasePath": "/home/ann/a\nUser=root\nExecStartPre=+/bin/touch /root/here\n#/tracker.db" } }""";
        await using var machine = await OwnMachine.StartAsync(withSystemd: true, home =>
        {
            Release.CreateIn(Path.Combine(home, "release"));
            Directory.CreateDirectory(Path.Combine(home, ".config/tracker"));
            File.WriteAllText(Path.Combine(home, ".config/tracker/appsettings.json"), Settings);
        }, cancellationToken);

        var (exitCode, output) = await machine.RunAsync(Install, cancellationToken);

        Assert.That(exitCode, Is.EqualTo(1), output);
        Assert.That(output, Does.Contain("Storage:DatabasePath is").And.Contain("could not be given to ann"));
        await machine.DoAsync("test ! -e /etc/systemd/system/tracker-proxy.service.d && test ! -e /root/here", cancellationToken);
    }

    [Test, CancelAfter(120_000)]
    public async Task Without_systemd_it_says_what_to_do_and_changes_nothing(CancellationToken cancellationToken)
    {
        await using var machine = await OwnMachine.StartAsync(withSystemd: false, home => Release.CreateIn(Path.Combine(home, "release")), cancellationToken);
        var before = await machine.FilesAsync(cancellationToken);

        var (exitCode, output) = await machine.RunAsync(Install, cancellationToken);

        Assert.That(exitCode, Is.EqualTo(1));
        Assert.That(output, Does.Contain("systemd does not answer"));
        Assert.That(await machine.FilesAsync(cancellationToken), Is.EqualTo(before));
    }
}
