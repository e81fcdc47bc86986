using Tracker.Proxy;
using Tracker.Proxy.Doctor;
using Tracker.Storage.Hosting;
using Tracker.Tests.Support;

namespace Tracker.Tests.Proxy;

/// <summary>What only the Windows service needs, and every system can do.</summary>
public sealed class WindowsServiceTests : IDisposable
{
    private readonly TempDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Test]
    public void Last_reason_why_it_could_not_start_is_kept_beside_the_database()
    {
        var now = new DateTimeOffset(2026, 11, 30, 12, 0, 0, TimeSpan.FromHours(1));

        StartFailureFile.Write(_folder.Path, new StartupFailure("The port is taken.", 1), now);
        StartFailureFile.Write(_folder.Path, new StartupFailure("The file is no JSON.", 2), now);

        Assert.That(File.ReadAllLines(_folder.File("logs/tracker-proxy-start.log")), Is.EqualTo(new[] { "2026-11-30 12:00:00 +01:00 tracker-proxy could not start: The file is no JSON." }));
    }

    [TestCase(null, "")]
    [TestCase("{ \"Urls\": \"http://127.0.0.1:9000\" }", "")]
    [TestCase("{ \"Storage\": { \"DatabasePath\": \"C:\\data\\tracker.db\" } }", "appsettings.json:1: it is not valid JSON.")]
    public void Doctor_finds_the_mistake_in_the_settings_of_the_service(string? settings, string said)
    {
        var file = _folder.File("appsettings.json");
        if (settings is not null)
        {
            File.WriteAllText(file, settings);
        }

        var findings = ServiceCheck.LookAtMachineSettings(file).ToList();

        Assert.That(findings, Has.Count.EqualTo(said.Length == 0 ? 0 : 1));
        Assert.That(findings, Is.All.Property(nameof(Finding.Verdict)).EqualTo(Verdict.Trouble).And.All.Property(nameof(Finding.Message)).Contains(said));
    }
}
