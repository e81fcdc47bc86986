using Microsoft.Extensions.Options;
using Tracker.Proxy.Doctor;
using Tracker.Proxy.Forwarding;
using Tracker.Storage.Care;
using Tracker.Storage.Connections;
using Tracker.Storage.Hosting;
using Tracker.Storage.Schema;
using Tracker.Tests.Support;

namespace Tracker.Tests.EndToEnd.Doctor;

/// <summary>A database that is brought up to date, while that lasts and after it: what the proxy, <c>doctor</c> and <c>tracker-importer status</c> say of it.</summary>
public sealed class MigrationDoctorTests : IDisposable
{
    private readonly TestDatabase _database = new();

    public void Dispose() => _database.Dispose();

    [Test, CancelAfter(120_000)]
    public async Task Migration_is_no_trouble_and_is_told_when_it_has_ended(CancellationToken cancellationToken)
    {
        await using var calls = await CountedCalls.StartAsync(cancellationToken);
        await using var connection = _database.MakeEarlier();
        var importer = DirectoryLock.TryTake(DirectoryLock.ImporterLock(_database.Folder))!;
        var migration = connection.BeginTransaction(); // As the importer's would be.
        await using var proxy = await ProxyUnderTest.StartAsync(_database.Folder, calls.Address, cancellationToken, "Storage:BusyTimeout=00:00:01");
        await calls.CallTimesAsync(proxy.Address, 10, cancellationToken);
        var waiting = await proxy.WaitForStatusAsync(status => status.GetProperty("writer_state").GetString() == "waiting", cancellationToken);

        var doctor = await DoctorRun.OfAsync(proxy, _database, cancellationToken, "--offline", "--Storage:BusyTimeout=00:00:01");
        var status = await Care.ImporterRun.OfAsync(_database, cancellationToken, "status", "--Storage:BusyTimeout=00:00:01");
        importer.Dispose();
        await migration.DisposeAsync();
        await proxy.WaitForAllStoredAsync(cancellationToken);
        var after = await DoctorRun.OfAsync(proxy, _database, cancellationToken, "--offline");

        Assert.That(waiting.GetProperty("writer_reason").GetString(), Does.Contain("most likely to do just that"));
        Assert.That(doctor.Find("database", "is bringing it up to date").Verdict, Is.EqualTo("warning"));
        Assert.That(doctor.Find("recording", "until the database is brought up to date").Verdict, Is.EqualTo("warning"));
        Assert.That(doctor.ExitCode, Is.Zero, doctor.Output);
        Assert.That((status.ExitCode, status.Output), Is.EqualTo((1, "")));
        Assert.That(status.Errors, Does.Contain($"has schema {Migrations.NewestVersion - 1}").And.EndsWith("Try again when it has ended.").And.Not.Contain("pass"));
        var lines = proxy.Process.Output;
        Assert.That(lines, Does.Contain($"has schema {Migrations.NewestVersion - 1}: it is copied to").And.Contain($"was brought from schema {Migrations.NewestVersion - 1} to {Migrations.NewestVersion} in "));
        Assert.That(after.Find("disk", $"{DatabaseBackup.PathOf(_database.Path, Migrations.NewestVersion - 1)} (").Verdict, Is.EqualTo("ok"));
        calls.AssertAllAreRows(_database);
    }

    [Test, CancelAfter(120_000)]
    public async Task Importer_that_brings_the_database_up_to_date_has_it_in_its_log(CancellationToken cancellationToken)
    {
        _database.MakeEarlier().Dispose();

        var run = await Care.ImporterRun.OfAsync(_database, cancellationToken);

        var log = string.Concat(Directory.GetFiles(Path.Combine(_database.Folder, "logs"), "tracker-importer-*.json").Select(File.ReadAllText));
        Assert.That(run.ExitCode, Is.Zero, run.Errors);
        Assert.That(log, Does.Contain("\"Id\":2203").And.Contain("\"Id\":2204"));
    }

    [TestCase("blocked", null, DatabaseFault.None, true, "restart the proxy: it is older")]
    [TestCase("blocked", null, DatabaseFault.Newer, false, "see the database below")]
    [TestCase("starting", "It is copied.", DatabaseFault.Locked, false, "nothing: the proxy stores them")]
    [TestCase("waiting", "It is locked.", DatabaseFault.Locked, true, "find what locks the database")]
    [TestCase("waiting", "It is locked.", DatabaseFault.Locked, false, "restart it")]
    public void Advice_of_the_recording_leads_somewhere(string state, string? reason, DatabaseFault fault, bool isOfThisVersion, string advice)
    {
        var status = new ProxyStatus { WriterState = state, WriterReason = reason ?? "made by a newer Tracker", QueueDepth = 0, JournalState = "working" };

        var finding = RecordingCheck.Look(new Patient
        {
            Database = new DatabaseCondition { Path = _database.Path, Fault = fault, SchemaVersion = 1, IsOfThisVersion = isOfThisVersion },
            Facts = null,
            Addresses = [new ProbedAddress("http://127.0.0.1:1", new Uri("http://127.0.0.1:1"), Answerer.Tracker, status, null)],
            ProxyLockIsHeld = true,
            ImporterLockIsHeld = false,
            Providers = new ProviderCatalog(Options.Create(new ProxyOptions())),
            Now = Some.Time,
        }).Single();

        Assert.That(finding.Advice, Does.Contain(advice));
    }
}
