using Tracker.Tests.Support;

namespace Tracker.Tests.Deploy;

/// <summary>deploy/systemd/system/service-user.sh with a stand-in for the proxy.</summary>
[Platform("Linux")]
public sealed class ServiceUserTests
{
    [TestCase("/home/ann/.local/share/tracker/tracker.db", "/home/ann/.local/share/tracker")]
    [TestCase("/home/ann/Données/it's+100% \"x\\y\"/tracker.db", "/home/ann/Données/it's+100%% \\\"x\\\\y\\\"", TestName = "Folder_is_written_as_systemd_reads_it")]
    [CancelAfter(60_000)]
    public async Task Folder_of_the_database_may_be_written(string database, string folder, CancellationToken cancellationToken)
    {
        using var home = new FakeHome();
        home.Publish("proxy", $"[ \"$*\" != 'paths --database' ] || cat <<'END'\n{database}\nEND");
        home.Publish("importer", "");

        var (exitCode, output) = await home.RunAsync(
            "sh", ["-c", $"LIBRARY=\"$HOME/.local/lib/tracker\" UNITS=\"$HOME/units\" sh '{Repository.Deploy("systemd", "system", "service-user.sh")}' \"$(id -un)\""], cancellationToken);

        Assert.That(exitCode, Is.Zero, output);
        Assert.That(await File.ReadAllTextAsync(home.PathOf("units/tracker-proxy.service.d/user.conf"), cancellationToken), Does.Contain($"ReadWritePaths=\"{folder}\"\n"));
    }
}
