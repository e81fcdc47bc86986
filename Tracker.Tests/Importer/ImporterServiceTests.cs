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
            var pass = new ImportPass(_database.Connections, PriceBooks.Embedded, TimeProvider.System, new ProgressDisplay(isWanted: false), NullLogger<ImportPass>.Instance);
            var pruner = new Pruner(_database.Connections, PriceBooks.Embedded, Options.Create(new RetentionOptions()), TimeProvider.System, NullLogger<Pruner>.Instance);
            var arguments = new ImporterArguments(ImporterCommand.Import, Watch: false, Again: false, Json: false, DryRun: false, Sources: [], Settings: []);
            using var service = new ImporterService(
                pass, pruner, watching: null!, [new BrokenSource()], arguments, TimeProvider.System, lifetime, new Logger<ImporterService>(services.GetRequiredService<ILoggerFactory>()));

            await service.StartAsync(cancellationToken);
            Assert.That(async () => await service.ExecuteTask!.WaitAsync(cancellationToken), Throws.InstanceOf<InvalidCastException>());
        }

        var log = File.ReadAllText(Directory.GetFiles(Path.Combine(_database.Folder, "logs")).Single());
        Assert.That(log, Does.Contain("InvalidCastException: of the roots").And.Contain("\"PassBroke\"").And.Contain("\"Fatal\""));
        Assert.That(lifetime.ApplicationStopping.IsCancellationRequested);
    }

    private sealed class BrokenSource : IUsageSource
    {
        public string Client => "broken";

        public IReadOnlyList<ILogFormat> Formats => [];

        public IReadOnlyList<string> FindRoots() => throw new InvalidCastException("of the roots");
    }
}
