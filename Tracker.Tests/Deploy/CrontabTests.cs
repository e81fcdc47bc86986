using System.Text.RegularExpressions;
using Tracker.Tests.Support;

namespace Tracker.Tests.Deploy;

public sealed partial class CrontabTests
{
    [Test]
    public void One_line_has_five_time_fields_and_a_command()
    {
        var line = ReadLine();

        Assert.That(line.Groups["time"].Captures, Has.Count.EqualTo(5));
        Assert.That(line.Groups["command"].Value, Does.Contain("tracker-importer"));
        Assert.That(line.Groups["command"].Value, Does.Not.Contain('%'), "Cron turns % into a line break.");
    }

    [Test, CancelAfter(60_000), Platform(Exclude = "Win")]
    public async Task Pass_that_went_well_prints_nothing_so_cron_mails_nothing(CancellationToken cancellationToken)
    {
        using var home = new FakeHome();
        home.Publish("importer", "echo summary; echo event >&2; touch ran");

        var result = await RunAsync(home, cancellationToken);

        Assert.That(result, Is.EqualTo((0, "")));
        Assert.That(home.PathOf("ran"), Does.Exist);
    }

    [Test, CancelAfter(60_000), Platform(Exclude = "Win")]
    public async Task Pass_that_failed_prints_what_it_said(CancellationToken cancellationToken)
    {
        using var home = new FakeHome();
        home.Publish("importer", "echo 'a setting is wrong' >&2; exit 2");

        var (_, output) = await RunAsync(home, cancellationToken);

        Assert.That(output, Is.EqualTo("a setting is wrong\n"));
    }

    private static Task<(int ExitCode, string Output)> RunAsync(FakeHome home, CancellationToken cancellationToken) =>
        home.RunAsync("/bin/sh", ["-c", ReadLine().Groups["command"].Value], cancellationToken);

    private static Match ReadLine()
    {
        var lines = File.ReadAllLines(Repository.Deploy("cron", "crontab.example")).Where(line => line is not ("" or ['#', ..])).ToArray();
        Assert.That(lines, Has.Length.EqualTo(1));
        var match = CrontabLine().Match(lines[0]);
        Assert.That(match.Success, lines[0]);
        return match;
    }

    [GeneratedRegex(@"^((?<time>[\d*,/-]+) ){5}(?<command>\S.*)$", RegexOptions.ExplicitCapture)]
    private static partial Regex CrontabLine();
}
