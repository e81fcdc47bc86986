using Tracker.Tests.Support;

namespace Tracker.Tests.EndToEnd;

/// <summary>The clients' own variables, which an importer of the user's home honours as they do.</summary>
public sealed class ClientVariablesTests
{
    private readonly TestDatabase _database = new();
    private string _home = null!;
    private string _elsewhere = null!;

    [SetUp]
    public void SetUp()
    {
        _home = Directory.CreateDirectory(Path.Combine(_database.Folder, "home")).FullName;
        _elsewhere = Directory.CreateDirectory(Path.Combine(_database.Folder, "elsewhere")).FullName;
    }

    [TearDown]
    public void TearDown() => _database.Dispose();

    [TestCase("OPENCODE_DB", "opencode", "any.db")]
    [TestCase("OPENCODE_DB", "opencode", "opencode.sqlite")]
    [TestCase("KILO_DB", "kilo-code", "any.db")]
    [TestCase("KILO_DB", "kilo-code", "calls")]
    [CancelAfter(60_000)]
    public async Task Variable_names_the_database(string variable, string client, string name, CancellationToken cancellationToken)
    {
        var database = Path.Combine(_elsewhere, name);
        File.Copy(TestData.Path("opencode", "1.18.33", "home", ".local", "share", "opencode", "opencode.db"), database);

        await ImportAsync(variable, database, cancellationToken);

        Assert.That(_database.Query("SELECT client, count(*) AS rows FROM usage GROUP BY client").Single().Values, Is.EqualTo(new object[] { client, 17L }));
    }

    [TestCase("OPENCLAW_STATE_DIR", "")]
    [TestCase("CLAWDBOT_STATE_DIR", "")]
    [TestCase("OPENCLAW_HOME", ".openclaw/")]
    [TestCase("OPENCLAW_HOME", ".clawdbot/")]
    [CancelAfter(60_000)]
    public async Task Variable_names_OpenClaws_folder_or_its_home(string variable, string within, CancellationToken cancellationToken)
    {
        var session = Path.Combine(_elsewhere, within, "agents", "main", "sessions", "s.jsonl");
        Directory.CreateDirectory(Path.GetDirectoryName(session)!);
        await File.WriteAllTextAsync(session, """
            {"type":"session","id":"s","cwd":"/home/dev/project"}
            {"type":"message","id":"m","timestamp":"2026-11-23T17:35:01.025Z","message":{"role":"assistant","api":"anthropic-messages","provider":"anthropic","model":"claude-sonnet-4-5","usage":{"input":5,"output":6,"cacheRead":0,"cacheWrite":0,"totalTokens":11},"timestamp":1795456099003}}

            """, cancellationToken);

        await ImportAsync(variable, _elsewhere, cancellationToken);

        Assert.That(_database.Query("SELECT client, output_tokens FROM usage").Single().Values, Is.EqualTo(new object[] { "openclaw", 6L }));
    }

    [Test, CancelAfter(60_000)]
    public async Task Variable_of_Claude_Code_may_end_with_a_separator_and_name_the_projects([Values("", "/", "/projects", "/projects/")] string end, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.Combine(_elsewhere, "projects", "p"));
        await File.WriteAllTextAsync(Path.Combine(_elsewhere, "projects", "p", "s.jsonl"), ClaudeHome.Line(1) + "\n", cancellationToken);

        await ImportAsync("CLAUDE_CONFIG_DIR", _elsewhere + end, cancellationToken);

        Assert.That(_database.Scalar<long>("SELECT count(*) FROM usage"), Is.EqualTo(1));
    }

    private async Task ImportAsync(string variable, string value, CancellationToken cancellationToken)
    {
        await using var importer = TrackerProcess.Start("tracker-importer", _home, [$"--Storage:DatabasePath={_database.Path}"], new Dictionary<string, string> { [variable] = value });
        Assert.That(await importer.WaitForExitAsync(cancellationToken), Is.Zero, importer.Errors);
    }
}
