using System.Text.Json;
using Tracker.Tests.Support;

namespace Tracker.Tests.EndToEnd;

/// <summary><c>tracker-proxy paths</c>, with which the installers make services and users agree.</summary>
public sealed class PathsTests : IDisposable
{
    private const string Settings = """
        {
          // mine
          "Urls": "http://127.0.0.1:9000", /* not the usual one */
          "Importer": { "Interval": "00:01:00" },
        }
        """;

    private readonly TempDirectory _home = new();

    private string SettingsFile => _home.File(OperatingSystem.IsWindows() ? "Tracker/appsettings.json" : OperatingSystem.IsMacOS() ? "Library/Application Support/Tracker/appsettings.json" : ".config/tracker/appsettings.json");

    public void Dispose() => _home.Dispose();

    [Test, CancelAfter(120_000)]
    public async Task Paths_are_written_once_beside_what_is_there_and_taken_back_to_the_byte(CancellationToken cancellationToken)
    {
        WriteSettings(Settings);
        var elsewhere = new Dictionary<string, string> { ["TRACKER_Storage__DatabasePath"] = _home.File("data/mine.db") };

        var (written, _, said) = await RunAsync(elsewhere, cancellationToken, "paths", "--write");
        var text = await File.ReadAllTextAsync(SettingsFile, cancellationToken);
        var (again, _, saidAgain) = await RunAsync([], cancellationToken, "paths", "--write");
        var textAgain = await File.ReadAllTextAsync(SettingsFile, cancellationToken);
        var (_, shown, _) = await RunAsync([], cancellationToken, "paths", "--json");
        var (takenBack, _, _) = await RunAsync([], cancellationToken, "paths", "--take-back");

        Assert.That((written, again, takenBack), Is.EqualTo((0, 0, 0)), said);
        Assert.That(text, Does.Contain("// mine").And.Contain("/* not the usual one */"));
        Assert.That(textAgain, Is.EqualTo(text), saidAgain);
        // Without the variable of that shell.
        var paths = JsonDocument.Parse(shown).RootElement;
        Assert.That(paths.GetProperty("database").GetString(), Is.EqualTo(_home.File("data/mine.db")));
        Assert.That(paths.GetProperty("home").GetString(), Is.EqualTo(_home.Path));
        Assert.That(paths.GetProperty("settings").GetString(), Is.EqualTo(SettingsFile));
        Assert.That(paths.GetProperty("listen_streams").GetString(), Is.EqualTo("127.0.0.1:9000"));
        Assert.That(await File.ReadAllTextAsync(SettingsFile, cancellationToken), Is.EqualTo(Settings));
        Assert.That(Directory.GetFiles(Path.GetDirectoryName(SettingsFile)!).Select(Path.GetFileName), Is.EquivalentTo(new[] { "appsettings.json", "connections.json" }));
    }

    [Test, CancelAfter(120_000)]
    public async Task File_that_was_made_for_them_goes_with_them_and_the_programs_start_with_it(CancellationToken cancellationToken)
    {
        var (_, before, _) = await RunAsync([], cancellationToken, "paths");
        await RunAsync([], cancellationToken, "paths", "--write");
        await using var importer = TrackerProcess.Start("tracker-importer", _home.Path, ["status", "--json"]);
        var code = await importer.WaitForExitAsync(cancellationToken);
        var (_, after, _) = await RunAsync([], cancellationToken, "paths");
        await RunAsync([], cancellationToken, "paths", "--take-back");

        Assert.That(before, Does.Contain("(not there"));
        Assert.That(after, Is.EqualTo(before.Replace(" (not there: all settings have their defaults)", "", StringComparison.Ordinal)));
        Assert.That(code, Is.Zero, importer.Errors);
        Assert.That(JsonDocument.Parse(importer.Output).RootElement.GetProperty("database").GetString(), Is.EqualTo(after.Split('\n')[1]["database  ".Length..].Trim()));
        Assert.That(SettingsFile, Does.Not.Exist);
    }

    [Test, CancelAfter(120_000)]
    public async Task Path_of_the_users_stays_whether_it_was_there_before_or_came_afterwards(CancellationToken cancellationToken)
    {
        var mine = JsonSerializer.Serialize(_home.File("mine.db"));
        WriteSettings($$"""{ "Storage": { "DatabasePath": {{mine}} } }""");

        await RunAsync([], cancellationToken, "paths", "--write");
        var written = await File.ReadAllTextAsync(SettingsFile, cancellationToken);
        WriteSettings(written.Replace(JsonSerializer.Serialize(_home.Path), "\"/another\"", StringComparison.Ordinal));
        await RunAsync([], cancellationToken, "paths", "--take-back");

        Assert.That(written, Does.Contain(mine).And.Contain("\"Home\""));
        Assert.That(await File.ReadAllTextAsync(SettingsFile, cancellationToken), Does.Contain(mine).And.Contain("\"/another\""));
    }

    [TestCase("""{"Storage:DatabasePath":"HOME/data/mine.db"}""", "data/mine.db", "Importer")]
    [TestCase("""{"storage":{"databasepath":"HOME/data/mine.db"}}""", "data/mine.db", "Importer")]
    [TestCase("""{"storage":{"databasepath":""}}""", "tracker.db", "Importer")]
    [TestCase("""{"importer":{"home":null}}""", "tracker.db", "DatabasePath")]
    [TestCase("""{"storage":{"busyTimeout":"00:00:05"},"importer:home":"HOME"}""", "tracker.db", "DatabasePath")]
    [CancelAfter(120_000)]
    public async Task What_the_file_says_in_another_spelling_is_not_said_again(string settings, string database, string added, CancellationToken cancellationToken)
    {
        settings = settings.Replace("HOME", JsonEncodedText.Encode(_home.Path).ToString(), StringComparison.Ordinal);
        WriteSettings(settings);

        var (written, _, said) = await RunAsync([], cancellationToken, "paths", "--write");
        var text = await File.ReadAllTextAsync(SettingsFile, cancellationToken);
        var (shown, paths, errors) = await RunAsync([], cancellationToken, "paths", "--json");
        var (takenBack, _, _) = await RunAsync([], cancellationToken, "paths", "--take-back");

        Assert.That((written, shown, takenBack), Is.EqualTo((0, 0, 0)), said + errors);
        Assert.That(text, Does.Contain(added));
        Assert.That(JsonDocument.Parse(paths).RootElement.GetProperty("database").GetString(), Does.EndWith(database));
        Assert.That(await File.ReadAllTextAsync(SettingsFile, cancellationToken), Is.EqualTo(settings));
    }

    [TestCase("{ \"Urls\": ", "--write")]
    [TestCase("", "--write --take-back")]
    [TestCase("", "--nonsense")]
    [CancelAfter(60_000)]
    public async Task What_is_wrong_ends_it_and_changes_nothing(string settings, string arguments, CancellationToken cancellationToken)
    {
        WriteSettings(settings.Length > 0 ? settings : "{}");
        var before = await File.ReadAllTextAsync(SettingsFile, cancellationToken);

        var (code, _, errors) = await RunAsync([], cancellationToken, ["paths", .. arguments.Split(' ')]);

        Assert.That(code, Is.Not.Zero);
        Assert.That(errors, Is.Not.Empty);
        Assert.That(await File.ReadAllTextAsync(SettingsFile, cancellationToken), Is.EqualTo(before));
    }

    private void WriteSettings(string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(SettingsFile)!);
        File.WriteAllText(SettingsFile, text);
    }

    private async Task<(int Code, string Output, string Errors)> RunAsync(Dictionary<string, string> variables, CancellationToken cancellationToken, params string[] arguments)
    {
        await using var process = TrackerProcess.Start("tracker-proxy", _home.Path, arguments, variables);
        return (await process.WaitForExitAsync(cancellationToken), process.Output, process.Errors);
    }
}
