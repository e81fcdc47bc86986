using System.Reflection;
using System.Text.RegularExpressions;
using Tracker.Tests.Support;

namespace Tracker.Tests;

/// <summary>What DESIGN promises of the house itself.</summary>
public sealed partial class ArchitectureTests
{
    private static readonly string[] Products = ["Tracker.Storage", "Tracker.Proxy", "Tracker.Importer"];

    [Test]
    public void Only_the_factory_opens_a_connection()
    {
        var openers = Sources().Where(file => Regex.IsMatch(file.Text, @"new SqliteConnection\b|SqliteFactory|DbProviderFactor|sqlite3_open")).Select(file => file.Name);

        Assert.That(openers, Is.EquivalentTo(["Tracker.Storage/Connections/TrackerConnectionFactory.cs", "Tracker.Storage/Connections/ClientDatabase.cs"]));
        Assert.That(Sources().Where(file => file.Text.Contains("raw.sqlite3", StringComparison.Ordinal)).Select(file => file.Name), Has.All.StartsWith("Tracker.Storage/"));
    }

    [Test]
    public void Only_the_storage_contains_SQL()
    {
        var withSql = Sources().Where(file => Sql().IsMatch(file.Text)).Select(file => file.Name).ToList();

        Assert.That(withSql, Is.Not.Empty.And.All.StartsWith("Tracker.Storage/"));
    }

    [Test]
    public void Projects_know_only_the_storage_and_the_storage_knows_no_web_server()
    {
        var references = Products.ToDictionary(name => name, name => Assembly.Load(name switch { "Tracker.Proxy" => "tracker-proxy", "Tracker.Importer" => "tracker-importer", _ => name })
            .GetReferencedAssemblies().Select(reference => reference.Name!).ToList());

        Assert.That(references["Tracker.Proxy"], Does.Not.Contain("tracker-importer"));
        Assert.That(references["Tracker.Importer"], Does.Not.Contain("tracker-proxy"));
        Assert.That(references["Tracker.Importer"].Concat(references["Tracker.Storage"]), Has.None.StartsWith("Microsoft.AspNetCore").And.None.StartsWith("Yarp"));
        Assert.That(references["Tracker.Storage"], Has.None.StartsWith("tracker-"));
    }

    [Test]
    public void Event_ids_have_a_number_each_and_a_name()
    {
        var ids = new[] { typeof(Tracker.Proxy.EventIds), typeof(Tracker.Importer.EventIds) }
            .SelectMany(type => type.GetFields().Select(field => (field.Name, Id: (int)field.GetRawConstantValue()!)))
            .ToList();
        var documented = File.ReadAllText(Path.Combine(Repository.Root, "docs", "logs.md"));

        Assert.That(ids.Select(id => id.Id), Is.Unique);
        Assert.That(ids.Where(id => !documented.Contains($"| {id.Id} | {id.Name} |", StringComparison.Ordinal)), Is.Empty, "docs/logs.md lists them all");
    }

    [GeneratedRegex(@"""[^""]*\b(SELECT\s.+\sFROM|INSERT\s+(OR\s+\w+\s+)?INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|PRAGMA\s)\b", RegexOptions.Singleline)]
    private static partial Regex Sql();

    private static IEnumerable<(string Name, string Text)> Sources() => Products
        .SelectMany(project => Directory.EnumerateFiles(Path.Combine(Repository.Root, project), "*.cs", SearchOption.AllDirectories))
        .Select(path => (Name: Path.GetRelativePath(Repository.Root, path).Replace('\\', '/'), Path: path))
        .Where(file => !file.Name.Contains("/obj/", StringComparison.Ordinal) && !file.Name.Contains("/bin/", StringComparison.Ordinal))
        .Select(file => (file.Name, File.ReadAllText(file.Path)));
}
