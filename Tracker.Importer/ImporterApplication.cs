using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Tracker.Importer.Care;
using Tracker.Importer.Importing;
using Tracker.Importer.Prices;
using Tracker.Importer.Sources;
using Tracker.Importer.Watching;
using Tracker.Storage.Connections;
using Tracker.Storage.Hosting;
using Tracker.Storage.Schema;

namespace Tracker.Importer;

/// <summary>Builds the importer and does what the command line asks for.</summary>
internal static partial class ImporterApplication
{
    /// <returns>The process's exit code.</returns>
    public static async Task<int> RunAsync(ImporterArguments arguments)
    {
        try
        {
            using var host = Build(arguments);
            host.Services.GetRequiredService<IStartupValidator>().Validate();
            WarnOfUnknownSettings(host.Services);
            return arguments.Command switch
            {
                ImporterCommand.Status => ShowStatus(host.Services, arguments),
                ImporterCommand.Reprice => Reprice(host.Services, arguments),
                _ => await ImportAsync(host, arguments),
            };
        }
        catch (Exception exception) when ((arguments.Command == ImporterCommand.Import ? ImporterFailure.Explain(exception) : ImporterFailure.ExplainCommand(exception)) is { } failure)
        {
            return failure.Tell("tracker-importer");
        }
    }

    private static IHost Build(ImporterArguments arguments)
    {
        if (arguments is { Watch: true, Json: true })
        {
            throw new SettingsException("--json is for one pass; with --watch look at the log, or at /status of the proxy.");
        }

        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true, ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.AddTrackerSettings(arguments.Settings);
        if (arguments.Command == ImporterCommand.Reprice)
        {
            ExistingDatabase.Require(builder.Configuration);
        }

        builder.Services.AddServiceManager();
        builder.Services.AddTrackerLogging(
            builder.Configuration, "tracker-importer", jsonOnConsole: ServiceManager.IsParent, consoleIsForResult: !arguments.Watch,
            hasFile: arguments.Command != ImporterCommand.Status || ExistingDatabase.IsThere(builder.Configuration));
        builder.Services.AddTrackerStorage();
        builder.Services.AddSingleton<IMigrationObserver, MigrationLog>();
        builder.Services.AddOptionsWithValidateOnStart<ImporterOptions, ImporterOptionsValidator>().BindConfiguration(ImporterOptions.SectionName);
        builder.Services.AddSingleton(arguments);
        builder.Services.AddSingleton(services => new ClientFolders(services.GetRequiredService<IOptions<ImporterOptions>>().Value.Home, builder.Configuration));
        builder.Services.AddSingleton(services => Choose(UsageSources.All(services.GetRequiredService<ClientFolders>()), arguments.Sources));
        builder.Services.AddSingleton(new ProgressDisplay(arguments is { Watch: false, Json: false }));
        builder.Services.AddSingleton<ImportPass>().AddSingleton<StatusReader>().AddSingleton<RepriceService>().AddSingleton<Pruner>().AddSingleton<ImporterService>();
        builder.Services.AddSingleton<LogChanges>().AddSingleton<LogWatcher>().AddSingleton<WatchLoop>();
        builder.Services.AddHostedService(services => services.GetRequiredService<ImporterService>());
        return builder.Build();
    }

    private static IReadOnlyList<IUsageSource> Choose(IReadOnlyList<IUsageSource> known, IReadOnlyList<string> names)
    {
        if (names.FirstOrDefault(name => known.All(source => source.Client != name)) is { } unknown)
        {
            throw new SettingsException($"--source {unknown}: there is no such source. Known: {string.Join(", ", known.Select(source => source.Client))}.");
        }

        return names.Count == 0 ? known : [.. known.Where(source => names.Contains(source.Client))];
    }

    private static async Task<int> ImportAsync(IHost host, ImporterArguments arguments)
    {
        var connections = host.Services.GetRequiredService<TrackerConnectionFactory>();
        WarnOfFruitlessRoots(host.Services); // A wrong --source is told here, too, before anything is touched.
        using var ownership = TakeLock(connections.DataDirectory);
        if (ownership is null)
        {
            ShowAlreadyRunning(connections, host.Services.GetRequiredService<TimeProvider>(), arguments.Json);
            return ExitCodes.Ok;
        }

        var service = host.Services.GetRequiredService<ImporterService>();
        await host.RunAsync();
        if (service.Failure is { } failure)
        {
            return failure.Tell("tracker-importer");
        }

        if (service.Report is { } report)
        {
            CommandOutput.Show(report, arguments.Json, () => ReportJson.Default.PassReport, ReportText.Of);
        }

        var hasFailed = service.Report?.Sources.Any(source => source.HasFailed) == true || service.ExecuteTask is { IsFaulted: true };
        return hasFailed ? ExitCodes.Failed : ExitCodes.Ok;
    }

    private static DirectoryLock? TakeLock(string directory)
    {
        try
        {
            return DirectoryLock.TryTake(DirectoryLock.ImporterLock(directory));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw StorageException.CannotWriteTo(directory, exception);
        }
    }

    private static int ShowStatus(IServiceProvider services, ImporterArguments arguments)
    {
        WarnOfFruitlessRoots(services);
        var status = services.GetRequiredService<StatusReader>().Read(services.GetRequiredService<IReadOnlyList<IUsageSource>>());
        CommandOutput.Show(status, arguments.Json, () => ReportJson.Default.StatusDocument, StatusText.Of);
        return ExitCodes.Ok;
    }

    // Beside an importer that stays, too: each row is read and changed in one transaction.
    private static int Reprice(IServiceProvider services, ImporterArguments arguments)
    {
        var report = services.GetRequiredService<RepriceService>().Run(arguments.DryRun, CancellationToken.None);
        CommandOutput.Show(report, arguments.Json, () => PriceJson.Default.RepriceReport, PriceText.Repriced);
        return ExitCodes.Ok;
    }

    // On which of the folder's databases the other one is, it does not tell.
    private static void ShowAlreadyRunning(TrackerConnectionFactory connections, TimeProvider time, bool json)
    {
        var report = new PassReport { Database = connections.DatabasePath, AlreadyRunning = true, StartedAt = time.GetUtcNow() };
        CommandOutput.Show(report, json, () => ReportJson.Default.PassReport, _ => $"Another importer is at work in {connections.DataDirectory}, where one at a time may be; this one has done nothing.{Environment.NewLine}");
    }

    private static void WarnOfUnknownSettings(IServiceProvider services)
    {
        var logger = services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(ImporterApplication));
        var configuration = services.GetRequiredService<IConfiguration>();
        foreach (var key in TrackerConfiguration.FindUnknownKeys(configuration).Concat(RootSettings.FindUnknownClients(configuration)))
        {
            LogUnknownSetting(logger, key);
        }
    }

    private static void WarnOfFruitlessRoots(IServiceProvider services)
    {
        var logger = services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(ImporterApplication));
        foreach (var (key, path, reason) in RootSettings.FindFruitless(services.GetRequiredService<IReadOnlyList<IUsageSource>>(), services.GetRequiredService<ClientFolders>()))
        {
            LogRootWithoutLogs(logger, key, path, reason);
        }
    }

    [LoggerMessage(EventIds.UnknownSetting, LogLevel.Warning, "The setting {Key} is none that Tracker knows, and has no effect", EventName = nameof(EventIds.UnknownSetting))]
    private static partial void LogUnknownSetting(ILogger logger, string key);

    [LoggerMessage(EventIds.RootWithoutLogs, LogLevel.Warning, "The setting {Key} names {Path}, which {Reason}", EventName = nameof(EventIds.RootWithoutLogs))]
    private static partial void LogRootWithoutLogs(ILogger logger, string key, string path, string reason);
}
