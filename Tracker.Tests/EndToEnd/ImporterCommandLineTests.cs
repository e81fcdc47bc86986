using Tracker.Tests.Support;

namespace Tracker.Tests.EndToEnd;

/// <summary>What the importer says, and how it ends, when it is asked for what it cannot do.</summary>
public sealed class ImporterCommandLineTests
{
    private readonly TestDatabase _database = new();
    private ClaudeHome _home = null!;

    [SetUp]
    public void SetUp() => _home = new ClaudeHome(_database);

    [TearDown]
    public void TearDown() => _database.Dispose();

    [TestCase("--source", "cladue", "--source cladue: there is no such source. Known: claude-code, ")]
    [TestCase("--bogus", "1", "'--bogus' is no option and no setting")]
    [TestCase("--watch", "--json", "--json is for one pass")]
    [TestCase("--Importer:Interval", "soon", "Importer:Interval")]
    [TestCase("--Importer:Interval", "00:00:00", "Importer:Interval is 00:00:00: it must be between")]
    [TestCase("--Storage:BusyTimeout", "00:00:00.5", "Storage:BusyTimeout")]
    [CancelAfter(60_000)]
    public async Task Wrong_arguments_and_settings_end_with_2_and_one_line(string first, string second, string message, CancellationToken cancellationToken)
    {
        var (exitCode, output, errors) = await RunAsync([first, second], cancellationToken);

        Assert.That(exitCode, Is.EqualTo(2));
        Assert.That(output, Is.Empty);
        Assert.That(errors, Does.StartWith("tracker-importer: ").And.Contains(message));
        Assert.That(errors.Split('\n'), Has.Length.EqualTo(1));
    }

    [TestCase("prune", "--source", "codex", "--older-than", "1d", "--yes")]
    [TestCase("export", "--source", "codex")]
    [TestCase("reprice", "--source", "codex")]
    public async Task Command_that_is_about_all_clients_does_not_take_one_of_them(params string[] arguments)
    {
        using var end = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        _database.Write(Some.Usage() with { OccurredAt = Some.Time.AddYears(-1) }, Some.Usage());
        var before = _database.Rows();

        var (exitCode, output, errors) = await RunAsync(arguments, end.Token);

        Assert.That((exitCode, output), Is.EqualTo((2, "")));
        Assert.That(errors, Does.Contain("--source"));
        Assert.That(_database.Rows(), Is.EquivalentTo(before));
    }

    [TestCase("export", "--format", "xml")]
    [TestCase("prune")]
    [TestCase("prices")]
    [TestCase("prices", "show")]
    [TestCase("prices", "lst")]
    [TestCase("--source")]
    [TestCase("--source", "codex", "prune", "--older-than", "1d")]
    [TestCase("--again", "reprice")]
    public async Task Command_line_that_cannot_be_understood_ends_with_2_and_one_line(params string[] arguments)
    {
        using var end = new CancellationTokenSource(TimeSpan.FromSeconds(60));

        await using var importer = TrackerProcess.Start("tracker-importer", _home.Folder, arguments);
        var exitCode = await importer.WaitForExitAsync(end.Token);

        Assert.That((exitCode, importer.Output), Is.EqualTo((2, "")), importer.Errors);
        Assert.That(importer.Errors, Does.StartWith("tracker-importer: "));
        Assert.That(importer.Errors.Split('\n'), Has.Length.EqualTo(1));
    }

    [TestCase("prune", "--help")]
    [TestCase("prices", "--help")]
    [TestCase("--version")]
    public async Task Help_is_given_whatever_is_missing(params string[] arguments)
    {
        using var end = new CancellationTokenSource(TimeSpan.FromSeconds(60));

        await using var importer = TrackerProcess.Start("tracker-importer", _home.Folder, arguments);

        Assert.That((await importer.WaitForExitAsync(end.Token), importer.Errors), Is.EqualTo((0, "")));
        Assert.That(importer.Output, Is.Not.Empty);
    }

    [Test, CancelAfter(60_000)]
    public async Task Data_folder_that_cannot_be_made_ends_with_1_and_one_line(CancellationToken cancellationToken)
    {
        File.WriteAllText(Path.Combine(_database.Folder, "file"), "");

        var (exitCode, _, errors) = await RunAsync([], cancellationToken, Path.Combine(_database.Folder, "file", "tracker.db"));

        Assert.That(exitCode, Is.EqualTo(1));
        Assert.That(errors, Does.StartWith("tracker-importer: Cannot write to the data directory"));
        Assert.That(errors.Split('\n'), Has.Length.EqualTo(1));
    }

    [Test, CancelAfter(60_000)]
    public async Task Database_that_is_none_ends_with_1_and_is_left_alone([Values("", "status", "reprice", "reprice --dry-run")] string command, CancellationToken cancellationToken)
    {
        File.WriteAllText(_database.Path, new string('x', 10_000));

        var (exitCode, _, errors) = await RunAsync(command.Split(' ', StringSplitOptions.RemoveEmptyEntries), cancellationToken);

        Assert.That(exitCode, Is.EqualTo(1));
        Assert.That(errors.Split('\n')[^1], Does.StartWith("tracker-importer: The database cannot be used:").And.Contains("not a database").And.EndsWith("'tracker-proxy doctor' says what to do."));
        Assert.That(File.ReadAllText(_database.Path), Is.EqualTo(new string('x', 10_000)));
    }

    private async Task<(int ExitCode, string Output, string Errors)> RunAsync(IEnumerable<string> arguments, CancellationToken cancellationToken, string? database = null)
    {
        await using var importer = TrackerProcess.Start("tracker-importer", _home.Folder, [.. arguments, $"--Storage:DatabasePath={database ?? _database.Path}"]);
        var exitCode = await importer.WaitForExitAsync(cancellationToken);
        return (exitCode, importer.Output, importer.Errors);
    }
}
