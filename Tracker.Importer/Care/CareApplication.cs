using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Tracker.Storage.Connections;
using Tracker.Storage.Hosting;
using Tracker.Storage.Schema;

namespace Tracker.Importer.Care;

/// <summary>Does one of the commands that take care of the data.</summary>
internal static class CareApplication
{
    private const string Program = "tracker-importer";

    /// <returns>The process's exit code.</returns>
    public static int Run(IReadOnlyList<string> settings, Func<CareService, int> command)
    {
        try
        {
            var configuration = new ConfigurationManager();
            configuration.AddTrackerSettings(settings);
            ExistingDatabase.Require(configuration);
            using var services = new ServiceCollection()
                .AddSingleton<IConfiguration>(configuration)
                .AddLogging()
                .AddTrackerStorage()
                .AddTrackerLogging(configuration, Program, jsonOnConsole: false, consoleIsForResult: true)
                .AddSingleton<IMigrationObserver, MigrationLog>()
                .AddSingleton<Pruner>()
                .AddSingleton<Merger>()
                .AddSingleton<CareService>()
                .BuildServiceProvider();
            services.GetRequiredService<IStartupValidator>().Validate();
            return command(services.GetRequiredService<CareService>());
        }
        catch (Exception exception) when (ImporterFailure.ExplainCommand(exception) is { } failure)
        {
            return failure.Tell(Program);
        }
    }
}
