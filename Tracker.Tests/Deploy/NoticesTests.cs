using System.Text.Json;
using System.Text.RegularExpressions;
using Tracker.Tests.Support;

namespace Tracker.Tests.Deploy;

/// <summary>What a release must say, and carry along, of what others have written.</summary>
public sealed partial class NoticesTests
{
    [Test]
    public void Every_package_that_is_shipped_is_named_with_its_terms()
    {
        var notices = File.ReadAllText(Path.Combine(Repository.Root, "THIRD-PARTY-NOTICES.txt"));
        var packages = new[] { "tracker-proxy", "tracker-importer" }.SelectMany(PackagesOf).Distinct().ToList();

        Assert.That(packages, Has.Count.GreaterThan(20));
        Assert.That(packages.Where(package => !package.StartsWith("Microsoft.", StringComparison.Ordinal) && !package.StartsWith("System.", StringComparison.Ordinal) && !Names(notices).Contains(package)), Is.Empty);
    }

    [Test]
    public void Variables_that_say_where_clients_write_are_told_to_the_services()
    {
        var script = Repository.ReadDeploy("install.sh");
        var variables = Directory.EnumerateFiles(Path.Combine(Repository.Root, "Tracker.Importer"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => Variable().Matches(File.ReadAllText(file)).Select(match => match.Groups["name"].Value)).Distinct().ToList();

        Assert.That(variables, Does.Contain("CODEX_HOME").And.Contain("KILO_DB"));
        Assert.That(variables.Where(variable => !Regex.IsMatch(script, $@"[ \n""]{variable}[ \n""]")), Is.Empty);
    }

    private static IEnumerable<string> PackagesOf(string program)
    {
        using var dependencies = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, $"{program}.deps.json")));
        return [.. dependencies.RootElement.GetProperty("libraries").EnumerateObject()
            .Where(library => library.Value.GetProperty("type").GetString() == "package").Select(library => library.Name[..library.Name.IndexOf('/', StringComparison.Ordinal)])];
    }

    private static HashSet<string> Names(string notices) => [.. notices.Split('\n').Where(line => !line.StartsWith(' ')).SelectMany(line => line.Split(", "))];

    [GeneratedRegex(""""(Variable|VariableFolder|Xdg|VariableFile)\("(?<name>[A-Z_]+)"|"(?<name>[A-Z]+_DB)\b"""", RegexOptions.ExplicitCapture)]
    private static partial Regex Variable();
}
