using Tracker.Tests.Support;

namespace Tracker.Tests.EndToEnd;

/// <summary>A settings file with a mistake in it, or that may not be read: every command says so in one line.</summary>
public sealed class BrokenSettingsFileTests : IDisposable
{
    private const string Broken = "{\n  \"Urls\": \"http://127.0.0.1:9000\",\n  \"Storage\": nothing\n}";

    private readonly TempDirectory _home = new();

    private string SettingsFile => _home.File(OperatingSystem.IsWindows() ? "Tracker/appsettings.json" : OperatingSystem.IsMacOS() ? "Library/Application Support/Tracker/appsettings.json" : ".config/tracker/appsettings.json");

    public void Dispose() => _home.Dispose();

    [TestCase("tracker-proxy", "")]
    [TestCase("tracker-proxy", "settings")]
    [TestCase("tracker-proxy", "connect")]
    [TestCase("tracker-proxy", "connect --list --json")]
    [TestCase("tracker-proxy", "disconnect")]
    [TestCase("tracker-proxy", "paths --write")]
    [TestCase("tracker-proxy", "doctor --repair")]
    [TestCase("tracker-importer", "")]
    [TestCase("tracker-importer", "settings --json")]
    [TestCase("tracker-importer", "status")]
    [TestCase("tracker-importer", "reprice")]
    [TestCase("tracker-importer", "backup")]
    [TestCase("tracker-importer", "vacuum")]
    [TestCase("tracker-importer", "export")]
    [TestCase("tracker-importer", "prune --older-than 90d")]
    [TestCase("tracker-importer", "merge other.db")]
    [CancelAfter(60_000)]
    public async Task Every_command_ends_with_2_and_names_file_and_line(string program, string arguments, CancellationToken cancellationToken)
    {
        Write(Broken);

        await AssertRefusedAsync(program, arguments, ":3: it is not valid JSON.", null, cancellationToken);
    }

    [TestCase("", ":1: it is not valid JSON.")]
    [TestCase("[]", "must be an object")]
    [TestCase("""{"Urls":"http://127.0.0.1:1","urls":"http://127.0.0.1:2"}""", "A duplicate key")]
    [CancelAfter(60_000)]
    public async Task What_is_wrong_is_told(string text, string message, CancellationToken cancellationToken)
    {
        Write(text);

        await AssertRefusedAsync("tracker-proxy", "connect --list", message, null, cancellationToken);
        await AssertRefusedAsync("tracker-importer", "settings", message, null, cancellationToken);
    }

    [Test, CancelAfter(60_000)]
    public async Task File_that_may_not_be_read_is_told([Values("settings", "connect --list", "disconnect", "paths")] string arguments, CancellationToken cancellationToken)
    {
        var under = BoundByPermissions.Command();
        Write("{}");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(SettingsFile, UnixFileMode.None);
        }

        await AssertRefusedAsync("tracker-proxy", arguments, "denied", under, cancellationToken);
    }

    [Test, CancelAfter(60_000)]
    public async Task The_doctor_goes_on(CancellationToken cancellationToken)
    {
        Write(Broken);

        await using var process = TrackerProcess.Start("tracker-proxy", _home.Path, ["doctor"]);

        Assert.That(await process.WaitForExitAsync(cancellationToken), Is.EqualTo(1));
        Assert.That(process.Output, Does.Contain($"{SettingsFile}:3: "));
    }

    private async Task AssertRefusedAsync(string program, string arguments, string message, IReadOnlyList<string>? under, CancellationToken cancellationToken)
    {
        await using var process = TrackerProcess.Start(program, _home.Path, arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries), under: under);

        Assert.That(await process.WaitForExitAsync(cancellationToken), Is.EqualTo(2), process.Errors);
        Assert.That(process.Errors, Does.StartWith($"{program}: Cannot read the settings file {SettingsFile}").And.Contain(message));
        Assert.That(process.Errors.Split('\n'), Has.Length.EqualTo(1), process.Errors);
    }

    private void Write(string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(SettingsFile)!);
        File.WriteAllText(SettingsFile, text);
    }
}
