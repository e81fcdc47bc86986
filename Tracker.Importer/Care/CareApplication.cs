using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Tracker.Storage.Connections;
using Tracker.Storage.Hosting;

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
                .AddSingleton<Pruner>()
                .AddSingleton<Merger>()
                .AddSingleton<CareService>()
                .BuildServiceProvider();
            services.GetRequiredService<IStartupValidator>().Validate();
            return command(services.GetRequiredService<CareService>());
        }
        catch (SqliteException exception)
        {
            var failure = StorageFaults.IsLocked(exception)
                ? new StartupFailure("Another program has held the database for too long. Try again when it has ended.", ExitCodes.Failed)
                : ImporterFailure.Unusable(exception);
            return failure.Tell(Program);
        }
        catch (Exception exception) when (ImporterFailure.Explain(exception) is { } failure)
        {
            return failure.Tell(Program);
        }
    }
}
