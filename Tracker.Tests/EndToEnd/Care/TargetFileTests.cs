using System.Diagnostics;
using Tracker.Storage.Hosting;
using Tracker.Tests.Support;

namespace Tracker.Tests.EndToEnd.Care;

/// <summary>Where <c>backup</c> and <c>export</c> put nothing, even with <c>--force</c>.</summary>
public sealed class TargetFileTests : IDisposable
{
    private readonly TestDatabase _database = new();
    private readonly TempDirectory _elsewhere = new();

    public void Dispose()
    {
        _elsewhere.Dispose();
        _database.Dispose();
    }

    [Test, CancelAfter(60_000)]
    public async Task Database_is_not_replaced_whatever_path_leads_to_it(
        [Values("backup", "export")] string command, [Values("tracker.db", "tracker.db-wal", "tracker.db-shm")] string name, [Values] bool byLink, CancellationToken cancellationToken)
    {
        _database.Write(Some.Usage(), Some.Usage());
        var rows = _database.Rows();
        if (byLink)
        {
            Directory.CreateSymbolicLink(_elsewhere.File("link"), _database.Folder);
        }

        var run = await ImporterRun.OfAsync(_database, cancellationToken, command, byLink ? _elsewhere.File($"link/{name}") : Path.Combine(_database.Folder, name), "--force");

        Assert.That(run.ExitCode, Is.EqualTo(1), run.Output);
        Assert.That(run.Errors, Does.Contain(name).And.Contain("the database"));
        Assert.That(_database.Rows(), Is.EqualTo(rows));
        Assert.That(_database.Scalar<string>("PRAGMA integrity_check"), Is.EqualTo("ok"));
    }

    [Test, CancelAfter(60_000)]
    public async Task What_is_no_file_is_not_replaced_by_one([Values("backup", "export")] string command, CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Ignore("Windows has no pipes among its files");
        }

        _database.Write(Some.Usage());
        var pipe = _elsewhere.File("pipe");
        using (var make = Process.Start("mkfifo", [pipe]))
        {
            await make.WaitForExitAsync(cancellationToken);
        }

        var run = await ImporterRun.OfAsync(_database, cancellationToken, command, pipe, "--force");

        Assert.That((run.ExitCode, FileStatus.Of(pipe)?.IsRegularFile), Is.EqualTo((1, false)), run.Output);
        Assert.That(run.Errors, Does.Contain($"{pipe} is no file"));
    }

    [Test, CancelAfter(60_000)]
    public async Task Circle_of_links_is_named(CancellationToken cancellationToken)
    {
        _database.Write(Some.Usage());
        File.CreateSymbolicLink(_elsewhere.File("one"), "two");
        File.CreateSymbolicLink(_elsewhere.File("two"), "one");

        var run = await ImporterRun.OfAsync(_database, cancellationToken, "export", _elsewhere.File("one/calls.csv"));

        Assert.That(run.ExitCode, Is.EqualTo(1));
        Assert.That(run.Errors, Does.StartWith("tracker-importer: ").And.Contain("calls.csv"));
    }
}
