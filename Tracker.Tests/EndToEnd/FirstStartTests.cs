using Tracker.Tests.Support;

namespace Tracker.Tests.EndToEnd;

/// <summary>Both programs start at the same moment on an empty folder.</summary>
public sealed class FirstStartTests
{
    private const int Rounds = 50;

    [Test, CancelAfter(300_000)]
    public async Task Proxy_and_importer_first_start_together_50_times_without_an_error(CancellationToken cancellationToken)
    {
        for (var round = 1; round <= Rounds; round++)
        {
            using var folder = new TempDirectory();
            var database = $"--Storage:DatabasePath={folder.File("data/tracker.db")}";
            await using var importer = TrackerProcess.Start("tracker-importer", folder.Path, [database]);
            await using var proxy = TrackerProcess.Start("tracker-proxy", folder.Path, [database, "--Urls=http://127.0.0.1:0"]);

            await proxy.WaitForLineAsync(line => line.Contains("listens on", StringComparison.Ordinal), cancellationToken);
            proxy.Terminate();
            var exitCodes = (Proxy: await proxy.WaitForExitAsync(cancellationToken), Importer: await importer.WaitForExitAsync(cancellationToken));

            Assert.That(exitCodes, Is.EqualTo((0, 0)), $"round {round}\n{proxy.Output}\n{proxy.Errors}\n{importer.Output}\n{importer.Errors}");
            Assert.That(proxy.Output + importer.Errors, Does.Not.Contain("locked"));
        }
    }
}
