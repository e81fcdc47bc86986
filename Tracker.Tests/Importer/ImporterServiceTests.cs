using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Tracker.Importer;
using Tracker.Importer.Care;
using Tracker.Importer.Importing;
using Tracker.Importer.Sources;
using Tracker.Storage.Care;
using Tracker.Storage.Hosting;
using Tracker.Storage.Pricing;
using Tracker.Tests.Support;

namespace Tracker.Tests.Importer;

public sealed class ImporterServiceTests
{
    private readonly TestDatabase _database = new();

    [TearDown]
    public void TearDown() => _database.Dispose();

    [Test, CancelAfter(30_000)]
    public async Task Pass_that_ends_by_a_fault_of_Trackers_own_tells_which_and_ends_the_program(CancellationToken cancellationToken)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([KeyValuePair.Create("Storage:DatabasePath", (string?)_database.Path)]).Build();
        var lifetime = new ApplicationLifetime(NullLogger<ApplicationLifetime>.Instance);
        await using (var services = new ServiceCollection().AddTrackerLogging(configuration, "tracker-importer", jsonOnConsole: false, consoleIsForResult: true).BuildServiceProvider())
        {
            using var service = Service(new BrokenSource(() => throw new InvalidCastException("of the roots")), lifetime, new Logger<ImporterService>(services.GetRequiredService<ILoggerFactory>()));

            await service.StartAsync(cancellationToken);
            Assert.That(async () => await service.ExecuteTask!.WaitAsync(cancellationToken), Throws.InstanceOf<InvalidCastException>());
            Assert.That(service.Failure, Is.Null, "it is told already");
        }

        var log = File.ReadAllText(Directory.GetFiles(Path.Combine(_database.Folder, "logs")).Single());
        Assert.That(log, Does.Contain("InvalidCastException: of the roots").And.Contain("\"PassBroke\"").And.Contain("\"Fatal\""));
        Assert.That(lifetime.ApplicationStopping.IsCancellationRequested);
    }

    [Test, CancelAfter(30_000)]
    public async Task Pass_that_does_not_end_in_the_time_it_is_given_has_failed(CancellationToken cancellationToken)
    {
        using var isReading = new SemaphoreSlim(0);
        using var answers = new ManualResetEventSlim();
        using var service = Service(
            new BrokenSource(() =>
            {
                isReading.Release();
                answers.Wait(cancellationToken); // As a file system of another machine that is gone.
                return [];
            }),
            new ApplicationLifetime(NullLogger<ApplicationLifetime>.Instance), NullLogger<ImporterService>.Instance);
        await service.StartAsync(cancellationToken);
        await isReading.WaitAsync(cancellationToken);

        await service.StopAsync(new CancellationToken(canceled: true));

        Assert.That((service.Report, service.Failure?.ExitCode, service.Failure?.Message), Is.EqualTo(((PassReport?)null, ExitCodes.Failed, "Stopped before its end. What was stored is kept; the next pass goes on from there.")));
        answers.Set();
        await service.ExecuteTask!.WaitAsync(cancellationToken);
    }

    private ImporterService Service(IUsageSource source, ApplicationLifetime lifetime, ILogger<ImporterService> logger)
    {
        var pass = new ImportPass(_database.Connections, PriceBooks.Embedded, TimeProvider.System, new ProgressDisplay(isWanted: false), NullLogger<ImportPass>.Instance);
        var pruner = new Pruner(_database.Connections, PriceBooks.Embedded, Options.Create(new RetentionOptions()), TimeProvider.System, NullLogger<Pruner>.Instance);
        var arguments = new ImporterArguments(ImporterCommand.Import, Watch: false, Again: false, Json: false, DryRun: false, Sources: [], Settings: []);
        return new ImporterService(pass, pruner, watching: null!, [source], arguments, TimeProvider.System, lifetime, logger);
    }

    private sealed class BrokenSource(Func<IReadOnlyList<string>> findRoots) : IUsageSource
    {
        public string Client => "broken";

        public IReadOnlyList<ILogFormat> Formats => [];

        public IReadOnlyList<string> FindRoots() => findRoots();
    }
}
