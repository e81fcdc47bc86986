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

        var (exitCode, output) = await VerifyAsync(CopyUnits(), cancellationToken);

        // A key that systemd does not know is only printed, with exit code 0.
        Assert.That(output, Is.Empty);
        Assert.That(exitCode, Is.Zero);
    }

    [Test, CancelAfter(60_000)]
    public async Task Systemd_looks_for_both_programs_below_the_users_home(CancellationToken cancellationToken)
    {
        var (exitCode, output) = await VerifyAsync(CopyUnits(), cancellationToken);

        Assert.That(exitCode, Is.Not.Zero);
        Assert.That(output, Does.Contain(_home.PathOf(".local/lib/tracker/proxy/tracker-proxy")));
        Assert.That(output, Does.Contain(_home.PathOf(".local/lib/tracker/importer/tracker-importer")));
    }

    [Test]
    public void Proxy_is_not_restarted_over_a_wrong_setting()
    {
        var lines = File.ReadAllLines(Repository.Deploy("systemd", "user", "tracker-proxy.service"));

        Assert.That(lines, Does.Contain("Restart=on-failure"));
        Assert.That(lines, Does.Contain($"RestartPreventExitStatus={ExitCodes.Usage}"));
    }

    private string[] CopyUnits()
    {
        var folder = Directory.CreateDirectory(_home.PathOf(".config/systemd/user")).FullName;
        return
        [
            .. Directory.EnumerateFiles(Repository.Deploy("systemd", "user")).Order().Select(unit =>
            {
                var copy = Path.Combine(folder, Path.GetFileName(unit));
                File.Copy(unit, copy);
                return copy;
            }),
        ];
    }

    private async Task<(int ExitCode, string Output)> VerifyAsync(string[] units, CancellationToken cancellationToken)
    {
        Assert.That(units, Is.Not.Empty);
        try
        {
            return await _home.RunAsync("systemd-analyze", ["--user", "verify", .. units], cancellationToken);
        }
        catch (Win32Exception)
        {
            Assert.Ignore("systemd-analyze is not installed here.");
            throw;
        }
    }
}
