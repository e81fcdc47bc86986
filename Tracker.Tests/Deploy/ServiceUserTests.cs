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

        var (exitCode, output) = await RunAsync(home, database, cancellationToken);

        Assert.That(exitCode, Is.Zero, output);
        Assert.That(await File.ReadAllTextAsync(home.PathOf("units/tracker-proxy.service.d/user.conf"), cancellationToken), Does.Contain($"ReadWritePaths=\"{folder}\"\n"));
    }

    [TestCase("/home/ann/a\nUser=root\nExecStartPre=+/bin/true\n#/tracker.db", TestName = "Line_break_in_the_path_of_the_database_gets_into_no_unit")]
    [TestCase("/home/ann/a\rUser=root\r#/tracker.db", TestName = "Carriage_return_in_the_path_of_the_database_gets_into_no_unit")]
    [TestCase("/home/ann/\u001b[2J/tracker.db", TestName = "Control_character_in_the_path_of_the_database_gets_into_no_unit")]
    [TestCase("tracker.db", TestName = "Relative_path_of_the_database_gets_into_no_unit")]
    [CancelAfter(60_000)]
    public async Task Path_that_is_none_gets_into_no_unit(string database, CancellationToken cancellationToken)
    {
        using var home = new FakeHome();

        var (exitCode, output) = await RunAsync(home, database, cancellationToken);

        Assert.That(exitCode, Is.EqualTo(1), output);
        Assert.That(output.TrimEnd('\n'), Does.Contain("Storage:DatabasePath").And.Not.Contain("\n").And.Not.Contain("\u001b"));
        Assert.That(Path.Exists(home.PathOf("units")), Is.False);
        Assert.That(Path.Exists(home.PathOf("tracker.db")), Is.False);
    }

    private static Task<(int ExitCode, string Output)> RunAsync(FakeHome home, string database, CancellationToken cancellationToken)
    {
        home.Publish("proxy", $"[ \"$*\" != 'paths --database' ] || cat <<'END'\n{database}\nEND");
        home.Publish("importer", "");
        return home.RunAsync(
            "sh", ["-c", $"LIBRARY=\"$HOME/.local/lib/tracker\" UNITS=\"$HOME/units\" sh '{Repository.Deploy("systemd", "system", "service-user.sh")}' \"$(id -un)\""], cancellationToken);
    }
}
