using System.Text.Json;
using System.Text.RegularExpressions;
using Tracker.Storage.Pricing;
using Tracker.Tests.Support;

namespace Tracker.Tests.Documentation;

/// <summary>What the documents name is there.</summary>
public sealed partial class DocumentationTests
{
    private static readonly string Root = Repository.Root;

    [Test, CancelAfter(60_000)]
    public async Task Every_report_is_on_the_page_of_statistics(CancellationToken cancellationToken)
    {
        var page = await File.ReadAllTextAsync(Path.Combine(Root, "docs", "statistics.md"), cancellationToken);
        using var database = new TestDatabase();
        await using var proxy = await ProxyUnderTest.StartAsync(database.Folder, new Uri("http://127.0.0.1:9"), cancellationToken);
        using var client = new HttpClient { BaseAddress = proxy.Address };

        using var described = JsonDocument.Parse(await client.GetStringAsync("/stats/openapi.json", cancellationToken));

        var reports = described.RootElement.GetProperty("paths").EnumerateObject().Select(path => path.Name.Replace("{id}", "", StringComparison.Ordinal)).ToList();
        Assert.That(reports, Has.Count.GreaterThan(10));
        Assert.That(reports.Where(report => !page.Contains(report, StringComparison.Ordinal)), Is.Empty);
    }

    [TestCase("README.md"), TestCase("docs/prices.md")]
    public void Numbers_of_prices_are_those_that_are_built_in(string document)
    {
        var models = PriceBook.Embedded.All.ToList();

        Assert.That(File.ReadAllText(Path.Combine(Root, document)), Does.Contain($"{models.Count} models of {models.Select(model => model.Provider).Distinct().Count()} providers"));
    }

    [Test]
    public void Every_column_of_a_call_is_on_the_page_of_the_database()
    {
        using var database = new TestDatabase();
        database.Write(Some.Usage());
        var page = File.ReadAllText(Path.Combine(Root, "docs", "database.md"));

        var columns = database.Query("SELECT name FROM pragma_table_info('usage') WHERE name <> 'id'").Select(column => (string)column["name"]!);

        Assert.That(columns.Where(column => !page.Contains($"`{column}`", StringComparison.Ordinal)), Is.Empty);
    }

    [Test]
    public void Every_link_to_a_file_leads_to_one()
    {
        var documents = Directory.EnumerateFiles(Root, "*.md").Concat(Directory.EnumerateFiles(Path.Combine(Root, "docs"), "*.md", SearchOption.AllDirectories))
            .Concat(Directory.EnumerateFiles(Path.Combine(Root, "deploy"), "*.md", SearchOption.AllDirectories));
        var broken = from document in documents
                     from Match link in Link().Matches(File.ReadAllText(document))
                     let target = link.Groups["target"].Value.Split('#')[0]
                     where target.Length > 0 && !target.Contains("://", StringComparison.Ordinal)
                     where !Path.Exists(Path.Combine(Path.GetDirectoryName(document)!, target))
                     select $"{Path.GetRelativePath(Root, document)}: {target}";

        Assert.That(broken, Is.Empty);
    }

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link();
}
