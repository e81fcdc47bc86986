using System.Text.RegularExpressions;
using Tracker.Tests.Support;

namespace Tracker.Tests.Deploy;

public sealed partial class ReadmeTests
{
    private static readonly string Readme = Repository.ReadDeploy("README.md");

    [Test]
    public void Names_every_file_in_deploy_and_no_other()
    {
        var files = Directory.EnumerateFiles(Repository.Deploy(), "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Repository.Root, file).Replace('\\', '/'))
            .Where(file => file != "deploy/README.md");

        var named = DeployPath().Matches(Readme).Select(match => match.Value).Distinct();

        Assert.That(named, Is.EquivalentTo(files));
    }

    [TestCase("systemd/user/tracker-proxy.service", "ExecStart=%h/", "proxy")]
    [TestCase("systemd/user/tracker-importer.service", "ExecStart=%h/", "importer")]
    [TestCase("launchd/tracker.proxy.plist", "\"$HOME/", "proxy")]
    [TestCase("launchd/tracker.importer.plist", "\"$HOME/", "importer")]
    [TestCase("cron/crontab.example", "\"$HOME/", "importer")]
    public void Publishes_a_program_where_its_service_looks_for_it(string file, string home, string program)
    {
        var folder = PublishCommand().Matches(Readme).First(match => match.Groups["program"].Value.Equals(program, StringComparison.OrdinalIgnoreCase));

        Assert.That(Repository.ReadDeploy(file.Split('/')), Does.Contain($"{home}{folder.Groups["folder"].Value}/tracker-{program}"));
    }

    [GeneratedRegex(@"deploy/[\w./-]*\w")]
    private static partial Regex DeployPath();

    [GeneratedRegex(@"^dotnet publish Tracker\.(?<program>\w+) -c Release -o ~/(?<folder>\S+)$", RegexOptions.Multiline)]
    private static partial Regex PublishCommand();
}
