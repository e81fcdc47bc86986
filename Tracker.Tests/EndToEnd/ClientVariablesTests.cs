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

    [TestCase("OPENCODE_DB", "opencode")]
    [TestCase("KILO_DB", "kilo-code")]
    [CancelAfter(60_000)]
    public async Task Variable_names_the_database(string variable, string client, CancellationToken cancellationToken)
    {
        var database = Path.Combine(_elsewhere, "any.db");
        File.Copy(TestData.Path("opencode", "1.18.33", "home", ".local", "share", "opencode", "opencode.db"), database);

        await ImportAsync(variable, database, cancellationToken);

        Assert.That(_database.Query("SELECT client, count(*) AS rows FROM usage GROUP BY client").Single().Values, Is.EqualTo(new object[] { client, 17L }));
    }

    private async Task ImportAsync(string variable, string value, CancellationToken cancellationToken)
    {
        await using var importer = TrackerProcess.Start("tracker-importer", _home, [$"--Storage:DatabasePath={_database.Path}"], new Dictionary<string, string> { [variable] = value });
        Assert.That(await importer.WaitForExitAsync(cancellationToken), Is.Zero, importer.Errors);
    }
}
