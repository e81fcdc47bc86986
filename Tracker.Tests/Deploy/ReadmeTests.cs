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

    [TestCase("systemd/user/tracker-proxy.service", "ExecStart=%h/.local/lib/tracker/proxy/tracker-proxy")]
    [TestCase("systemd/user/tracker-importer.service", "ExecStart=%h/.local/lib/tracker/importer/tracker-importer")]
    [TestCase("systemd/system/tracker-proxy.service", "ExecStart=/usr/lib/tracker/proxy/tracker-proxy")]
    [TestCase("systemd/system/tracker-importer.service", "ExecStart=/usr/lib/tracker/importer/tracker-importer")]
    [TestCase("launchd/tracker.proxy.plist", "$HOME/.local/lib/tracker/proxy/tracker-proxy")]
    [TestCase("launchd/tracker.importer.plist", "$HOME/.local/lib/tracker/importer/tracker-importer")]
    [TestCase("cron/crontab.example", "$HOME/.local/lib/tracker/importer/tracker-importer")]
    public void Services_look_for_the_programs_where_the_scripts_put_them(string file, string program) =>
        Assert.That(Repository.ReadDeploy(file.Split('/')), Does.Contain(program));

    [GeneratedRegex(@"deploy/[\w./-]*\w")]
    private static partial Regex DeployPath();
}
