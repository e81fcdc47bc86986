using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;
using Tracker.Proxy.Connecting;
using Tracker.Proxy.Forwarding;
using Tracker.Proxy.Listening;
using Tracker.Proxy.Recording;
using Tracker.Storage.Care;
using Tracker.Storage.Connections;
using Tracker.Storage.Hosting;
using Tracker.Storage.Pricing;

namespace Tracker.Proxy.Doctor;

/// <summary>Examines the proxy, its data and what is around them. Starts nothing and changes nothing.</summary>
internal static class DoctorApplication
{
    /// <returns>The process's exit code.</returns>
    public static async Task<int> RunAsync(DoctorArguments arguments, CancellationToken cancellationToken)
    {
        try
        {
            if (arguments.Repair)
            {
                return Repair(arguments);
            }

            var diagnosis = await ExamineAsync(arguments, cancellationToken);
            CommandOutput.Show(diagnosis, arguments.Json, () => DoctorJson.Default.Diagnosis, DiagnosisText.Of);
            return diagnosis.Verdict == Verdict.Trouble ? ExitCodes.Failed : ExitCodes.Ok;
        }
        catch (Exception exception) when (StartupFailure.Explain(exception) is { } failure)
        {
            return failure.Tell("tracker-proxy");
        }
    }

    private static int Repair(DoctorArguments arguments)
    {
        var configuration = new ConfigurationManager();
        configuration.AddTrackerSettings(arguments.Settings);
        using var services = BuildServices(configuration);
        services.GetRequiredService<IStartupValidator>().Validate();
        return services.GetRequiredService<RepairRun>().Run(arguments.Json);
    }

    private static async Task<Diagnosis> ExamineAsync(DoctorArguments arguments, CancellationToken cancellationToken)
    {
        TrackerConfiguration.RequireKnown(arguments.Settings); // A wrong command line is told as any other; a wrong file is what a doctor is for.
        try
        {
            var configuration = new ConfigurationManager();
            configuration.AddTrackerSettings(arguments.Settings);
            await using var services = BuildServices(configuration);
            services.GetRequiredService<IStartupValidator>().Validate();
            return await ExamineAsync(configuration, services, arguments, cancellationToken);
        }
        catch (Exception exception) when (StartupFailure.Explain(exception) is { ExitCode: ExitCodes.Usage } failure)
        {
            return new Diagnosis
            {
                Version = TrackerVersion.Text,
                Settings = TrackerPaths.SettingsPath(),
                Findings = [Finding.Trouble("settings", failure.Message, "correct the settings; nothing else can be looked at before, and no program of Tracker's starts")],
            };
        }
    }

    private static ServiceProvider BuildServices(IConfiguration configuration)
    {
        var services = new ServiceCollection();
        services.AddSingleton(configuration);
        services.AddTrackerStorage();
        services.AddOptionsWithValidateOnStart<ProxyOptions, ProxyOptionsValidator>().BindConfiguration(ProxyOptions.SectionName);
        services.AddOptionsWithValidateOnStart<RecordingOptions, RecordingOptionsValidator>().BindConfiguration(RecordingOptions.SectionName);
        services.AddSingleton<ProviderCatalog>();
        services.AddSingleton<RepairRun>();
        return services.BuildServiceProvider();
    }

    private static async Task<Diagnosis> ExamineAsync(IConfiguration configuration, IServiceProvider services, DoctorArguments arguments, CancellationToken cancellationToken)
    {
        using var client = ProxyProbe.CreateClient();
        client.DefaultRequestHeaders.UserAgent.ParseAdd($"tracker-doctor/{TrackerVersion.Text}");
        var addresses = ListenAddresses.Read(configuration).All;
        var probes = addresses.Select(address => new ProxyProbe(client).AskAsync(address, cancellationToken)).ToList();
        var (condition, facts) = ExamineDatabase(services);
        var patient = new Patient
        {
            Database = condition,
            Facts = facts,
            Addresses = await Task.WhenAll(probes),
            ProxyLockIsHeld = LookAtLock(condition.Path, DirectoryLock.ProxyLock),
            ImporterLockIsHeld = LookAtLock(condition.Path, DirectoryLock.ImporterLock),
            Providers = services.GetRequiredService<ProviderCatalog>(),
            Now = services.GetRequiredService<TimeProvider>().GetUtcNow(),
        };
        var service = ServiceCheck.LookAsync(patient, cancellationToken);
        var upstreams = arguments.Offline ? Task.FromResult<IReadOnlyList<Finding>>([]) : new UpstreamCheck(client).LookAsync(patient, cancellationToken);
        return new Diagnosis
        {
            Version = TrackerVersion.Text,
            Settings = TrackerPaths.SettingsPath(),
            Database = condition.Path,
            Findings =
            [
                .. TrackerConfiguration.FindUnknownKeys(configuration).Select(key => Finding.Warning("settings", $"the setting {key} is none that Tracker knows, and has no effect", "correct or remove it")),
                .. PortCheck.Look(patient),
                .. RecordingCheck.Look(patient),
                .. await service,
                .. await upstreams,
                .. DatabaseCheck.Look(patient),
                .. FilesCheck.Look(patient),
                .. ClientCheck.Look(patient, ClientConnections.Of(configuration, patient.Providers)),
                .. ContentChecks.Look(patient, services.GetRequiredService<PriceBooks>()),
            ],
        };
    }

    private static (DatabaseCondition Condition, DatabaseFacts? Facts) ExamineDatabase(IServiceProvider services)
    {
        var examination = services.GetRequiredService<DatabaseExamination>();
        var condition = examination.Examine();
        if (!condition.IsOfThisVersion || condition.Fault is not (DatabaseFault.None or DatabaseFault.ReadOnly or DatabaseFault.Locked))
        {
            return (condition, null);
        }

        try
        {
            var now = services.GetRequiredService<TimeProvider>().GetUtcNow();
            return (condition, examination.ReadFacts(now - ContentChecks.InUse, now + ContentChecks.FutureTolerance));
        }
        catch (Exception exception) when (exception is SqliteException or StorageException)
        {
            return (condition, null); // The condition tells of it.
        }
    }

    private static bool? LookAtLock(string databasePath, Func<string, string> pathIn)
    {
        try
        {
            return DirectoryLock.IsHeld(pathIn(Path.GetDirectoryName(databasePath)!));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
