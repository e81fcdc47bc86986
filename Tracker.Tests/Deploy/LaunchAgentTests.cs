using System.Xml;
using System.Xml.Linq;
using Tracker.Tests.Support;

namespace Tracker.Tests.Deploy;

public sealed class LaunchAgentTests
{
    private const string Proxy = "tracker.proxy";
    private const string Importer = "tracker.importer";

    [TestCase(Proxy)]
    [TestCase(Importer)]
    public void Label_is_the_files_name(string label)
    {
        var agent = Read(label);

        Assert.That(agent["Label"].Value, Is.EqualTo(label));
    }

    [TestCase(Proxy)]
    [TestCase(Importer)]
    public void Agent_starts_when_the_user_logs_in(string label)
    {
        var agent = Read(label);

        Assert.That(agent["RunAtLoad"].Name.LocalName, Is.EqualTo("true"));
    }

    [Test]
    public void Proxy_is_started_again_when_it_fails()
    {
        var restart = Pairs(Read(Proxy)["KeepAlive"]);

        Assert.That(restart["SuccessfulExit"].Name.LocalName, Is.EqualTo("false"));
    }

    [Test]
    public void Importer_makes_a_pass_every_five_minutes_and_is_not_kept_alive()
    {
        var agent = Read(Importer);

        Assert.That(agent["StartInterval"].Value, Is.EqualTo("300"));
        Assert.That(agent, Does.Not.ContainKey("KeepAlive"));
    }

    [Test, CancelAfter(60_000), Platform(Exclude = "Win")]
    public async Task Proxys_command_runs_the_published_program_and_keeps_what_it_says_on_standard_error(CancellationToken cancellationToken)
    {
        using var home = new FakeHome();
        home.Publish("proxy", "echo event; echo 'port taken' >&2; exit 1");

        var result = await RunAsync(home, Proxy, cancellationToken);

        Assert.That(result, Is.EqualTo((1, "")));
        Assert.That(await File.ReadAllTextAsync(home.PathOf("Library/Logs/tracker-proxy.log"), cancellationToken), Is.EqualTo("port taken\n"));
    }

    [Test, CancelAfter(60_000), Platform(Exclude = "Win")]
    public async Task Importers_command_runs_the_published_program_and_keeps_the_last_passs_output(CancellationToken cancellationToken)
    {
        using var home = new FakeHome();
        home.Publish("importer", "echo summary; echo trouble >&2");

        await RunAsync(home, Importer, cancellationToken);
        var result = await RunAsync(home, Importer, cancellationToken);

        Assert.That(result, Is.EqualTo((0, "")));
        Assert.That(await File.ReadAllTextAsync(home.PathOf("Library/Logs/tracker-importer.log"), cancellationToken), Is.EqualTo("summary\ntrouble\n"));
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(FakeHome home, string label, CancellationToken cancellationToken)
    {
        var command = Read(label)["ProgramArguments"].Elements("string").Select(argument => argument.Value).ToArray();
        return await home.RunAsync(command[0], command[1..], cancellationToken);
    }

    private static Dictionary<string, XElement> Read(string label)
    {
        // The document type names a page on the web; nothing is fetched.
        using var reader = XmlReader.Create(
            Repository.Deploy("launchd", label + ".plist"), new XmlReaderSettings { DtdProcessing = DtdProcessing.Ignore, XmlResolver = null });
        return Pairs(XDocument.Load(reader).Root!.Element("dict")!);
    }

    // A property list's dictionary is a flat row of <key> and value in turn.
    private static Dictionary<string, XElement> Pairs(XElement dictionary) =>
        dictionary.Elements("key").ToDictionary(key => key.Value, key => key.ElementsAfterSelf().First());
}
