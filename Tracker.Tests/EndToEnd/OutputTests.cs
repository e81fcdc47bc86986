using Tracker.Tests.Support;

namespace Tracker.Tests.EndToEnd;

/// <summary>A result that cannot be told, because the disk behind standard output is full, or it is closed: one line, and 1.</summary>
public sealed class OutputTests : IDisposable
{
    private readonly TestDatabase _database = new();

    public void Dispose() => _database.Dispose();

    [TestCase("tracker-proxy", "--help")]
    [TestCase("tracker-proxy", "settings --json")]
    [TestCase("tracker-proxy", "paths")]
    [TestCase("tracker-proxy", "connect --list")]
    [TestCase("tracker-proxy", "doctor --offline --json")]
    [TestCase("tracker-importer", "--help")]
    [TestCase("tracker-importer", "--Importer:Interval=00:01:00")]
    [TestCase("tracker-importer", "status")]
    [TestCase("tracker-importer", "prices list")]
    [TestCase("tracker-importer", "export")]
    [TestCase("tracker-importer", "export --format jsonl")]
    [CancelAfter(60_000)]
    public async Task Full_disk_is_told_in_one_line(string program, string arguments, CancellationToken cancellationToken)
    {
        var (exitCode, errors) = await RunAsync(program, arguments, "> /dev/full", cancellationToken);

        Assert.That(exitCode, Is.EqualTo(1), errors);
        Assert.That(errors, Does.StartWith($"{program}: ").And.EndWith("No space left on device").And.Not.Contain('\n'));
    }

    [TestCase("tracker-proxy", "settings")]
    [TestCase("tracker-importer", "status --json")]
    [CancelAfter(60_000)]
    public async Task Closed_output_is_told_in_one_line(string program, string arguments, CancellationToken cancellationToken)
    {
        var (exitCode, errors) = await RunAsync(program, arguments, ">&-", cancellationToken);

        Assert.That(exitCode, Is.EqualTo(1), errors);
        Assert.That(errors, Does.StartWith($"{program}: ").And.Not.Contain('\n'));
    }

    [Test, CancelAfter(60_000)]
    public async Task Nobody_to_tell_is_no_crash(CancellationToken cancellationToken)
    {
        var (exitCode, _) = await RunAsync("tracker-proxy", "settings", "> /dev/full 2>&1", cancellationToken);

        Assert.That(exitCode, Is.EqualTo(1));
    }

    private async Task<(int ExitCode, string Errors)> RunAsync(string program, string arguments, string output, CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Ignore("Only Linux has a device that is always full.");
        }

        _database.Write(Some.Usage());
        await using var process = TrackerProcess.Start(
            program, _database.Folder, [.. arguments.Split(' '), $"--Storage:DatabasePath={_database.Path}"], under: ["sh", "-c", $"exec \"$@\" {output}", "sh"]);
        return (await process.WaitForExitAsync(cancellationToken), process.Errors);
    }
}
