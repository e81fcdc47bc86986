using System.Text.Json;
using Tracker.Tests.Support;

namespace Tracker.Tests.Importer;

/// <summary>Invented logs with every trap known, and their exact totals.</summary>
public sealed class GeneratedLogsTests
{
    private readonly TestDatabase _database = new();

    [TearDown]
    public void TearDown() => _database.Dispose();

    [Test]
    public void Totals_per_day_and_model_are_exact_also_after_the_logs_have_grown()
    {
        var home = new ClaudeHome(_database);
        TestData.CopyTo(TestData.Path("claude-code", "generated", ".claude"), Path.Combine(home.Folder, ".claude"));

        home.Import();
        AssertTruth("truth.json");

        var grown = Append(home.Folder);
        var second = home.Import();
        Assert.That(second.FilesRead, Is.EqualTo(grown), "only what has grown is opened");
        AssertTruth("truth-after-append.json");
    }

    [Test]
    public void Logs_that_had_grown_before_the_first_import_give_the_same()
    {
        var home = new ClaudeHome(_database);
        TestData.CopyTo(TestData.Path("claude-code", "generated", ".claude"), Path.Combine(home.Folder, ".claude"));
        Append(home.Folder);

        home.Import();

        AssertTruth("truth-after-append.json");
    }

    private static int Append(string folder)
    {
        var append = TestData.Path("claude-code", "generated", "append");
        var files = Directory.GetFiles(append, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 });
        foreach (var file in files)
        {
            var target = Path.Combine(folder, Path.GetRelativePath(append, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            using var stream = new FileStream(target, FileMode.Append);
            stream.Write(File.ReadAllBytes(file));
        }

        return files.Length;
    }

    private void AssertTruth(string name)
    {
        using var truth = JsonDocument.Parse(File.ReadAllBytes(TestData.Path("claude-code", "generated", name)));
        var expected = truth.RootElement.GetProperty("daily").EnumerateObject()
            .SelectMany(day => day.Value.EnumerateObject().Select(model => Line(
                day.Name, model.Name, Count(model, "requests"), Count(model, "input"), Count(model, "output"), Count(model, "cache_read"), Count(model, "cache_creation"), Count(model, "cache_creation_1h"))))
            .Order();
        var found = _database.Query("""
            SELECT date(occurred_at_ms / 1000, 'unixepoch') AS day, response_model AS model, count(*) AS requests, sum(input_tokens) AS input, sum(output_tokens) AS output,
                   sum(cache_read_tokens) AS cache_read, sum(cache_creation_5m_tokens + cache_creation_1h_tokens) AS cache_creation, sum(cache_creation_1h_tokens) AS hour
            FROM   usage
            GROUP  BY day, model
            """).Select(row => string.Join(' ', row.Values)).Order();

        Assert.That(found, Is.EqualTo(expected));
    }

    private static string Line(params object[] values) => string.Join(' ', values);

    private static long Count(JsonProperty model, string name) => model.Value.GetProperty(name).GetInt64();
}
