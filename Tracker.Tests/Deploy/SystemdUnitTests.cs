using System.ComponentModel;
using Tracker.Storage.Hosting;
using Tracker.Tests.Support;

namespace Tracker.Tests.Deploy;

[Platform(Exclude = "Win")]
public sealed class SystemdUnitTests
{
    private FakeHome _home = null!;

    [SetUp]
    public void CreateHome() => _home = new FakeHome();

    [TearDown]
    public void DeleteHome() => _home.Dispose();

    [Test, CancelAfter(60_000)]
    public async Task Systemd_finds_nothing_to_say_about_the_user_units(CancellationToken cancellationToken)
    {
        _home.Publish("proxy", "exit 0");
        _home.Publish("importer", "exit 0");

        var (exitCode, output) = await VerifyAsync("--user", CopyUnits("user"), cancellationToken);

        // A key that systemd does not know is only printed, with exit code 0.
        Assert.That(output, Is.Empty);
        Assert.That(exitCode, Is.Zero);
    }

    [Test, CancelAfter(60_000)]
    public async Task Systemd_looks_for_both_programs_below_the_users_home(CancellationToken cancellationToken)
    {
        var (exitCode, output) = await VerifyAsync("--user", CopyUnits("user"), cancellationToken);

        Assert.That(exitCode, Is.Not.Zero);
        Assert.That(output, Does.Contain(_home.PathOf(".local/lib/tracker/proxy/tracker-proxy")));
        Assert.That(output, Does.Contain(_home.PathOf(".local/lib/tracker/importer/tracker-importer")));
    }

    [Test, CancelAfter(60_000)]
    public async Task Systemd_finds_nothing_to_say_about_the_system_units(CancellationToken cancellationToken)
    {
        _home.Publish("proxy", "exit 0");
        _home.Publish("importer", "exit 0");

        // Where a package puts the programs, there are none on this machine.
        var (exitCode, output) = await VerifyAsync("--system", CopyUnits("system", text => text.Replace("/usr/lib/tracker", _home.PathOf(".local/lib/tracker"), StringComparison.Ordinal)), cancellationToken);

        Assert.That(output, Is.Empty);
        Assert.That(exitCode, Is.Zero);
    }

    // In tenths. A user's manager may set up neither namespaces nor capabilities, which is most of the scale.
    [TestCase("system", "tracker-proxy.service", 20)]
    [TestCase("system", "tracker-importer.service", 20)]
    [TestCase("user", "tracker-proxy.service", 65)]
    [TestCase("user", "tracker-importer.service", 65)]
    [CancelAfter(60_000)]
    public async Task Units_expose_little(string scope, string unit, int most, CancellationToken cancellationToken)
    {
        var (exitCode, output) = await RunAsync(["security", "--offline=yes", $"--threshold={most}", "--no-pager", Repository.Deploy("systemd", scope, unit)], cancellationToken);

        Assert.That(exitCode, Is.Zero, output);
        Assert.That(output, Does.Contain("Overall exposure level"));
    }

    [Test]
    public void Proxy_is_not_restarted_over_a_wrong_setting()
    {
        var lines = File.ReadAllLines(Repository.Deploy("systemd", "user", "tracker-proxy.service"));

        Assert.That(lines, Does.Contain("Restart=on-failure"));
        Assert.That(lines, Does.Contain($"RestartPreventExitStatus={ExitCodes.Usage}"));
    }

    private string[] CopyUnits(string scope, Func<string, string>? change = null)
    {
        var folder = Directory.CreateDirectory(_home.PathOf(".config/systemd/" + scope)).FullName;
        return
        [
            .. Directory.EnumerateFiles(Repository.Deploy("systemd", scope), "tracker-*").Order().Select(unit =>
            {
                var copy = Path.Combine(folder, Path.GetFileName(unit));
                var text = File.ReadAllText(unit);
                File.WriteAllText(copy, change is null ? text : change(text));
                return copy;
            }),
        ];
    }

    private Task<(int ExitCode, string Output)> VerifyAsync(string manager, string[] units, CancellationToken cancellationToken)
    {
        Assert.That(units, Is.Not.Empty);
        return RunAsync([manager, "verify", .. units], cancellationToken);
    }

    private async Task<(int ExitCode, string Output)> RunAsync(string[] arguments, CancellationToken cancellationToken)
    {
        try
        {
            return await _home.RunAsync("systemd-analyze", arguments, cancellationToken);
        }
        catch (Win32Exception)
        {
            Assert.Ignore("systemd-analyze is not installed here.");
            throw;
        }
    }
}
