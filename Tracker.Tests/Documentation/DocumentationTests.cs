using System.Text.RegularExpressions;
using Tracker.Storage.Hosting;
using Tracker.Tests.Support;

namespace Tracker.Tests.Documentation;

/// <summary>What the documents name is there.</summary>
public sealed partial class DocumentationTests
{
    private static readonly string Root = Repository.Root;

    [Test]
    public void Every_setting_is_in_the_table_and_the_table_has_no_other()
    {
        var named = Setting().Matches(File.ReadAllText(Path.Combine(Root, "docs", "settings.md"))).Select(match => match.Groups["key"].Value.Replace("<client>", "<name>", StringComparison.Ordinal));
        // Those of a certificate are one line, and a list is named without its numbers.
        var known = KnownSettings.Names.Select(name => CertificatePart().Replace(name, "Kestrel:Certificates:Default:<name>").Replace("AllowedHosts:<name>", "AllowedHosts", StringComparison.Ordinal)).Distinct();

        Assert.That(named, Is.EquivalentTo(known));
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

    [GeneratedRegex(@"^\| `(?<key>[A-Z][^`]*)` \|", RegexOptions.Multiline)]
    private static partial Regex Setting();

    [GeneratedRegex("Kestrel:Certificates:Default:.*")]
    private static partial Regex CertificatePart();

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link();
}
