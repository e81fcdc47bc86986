using Microsoft.Extensions.Options;
using Tracker.Proxy.Connecting;
using Tracker.Proxy.Connecting.Editing;
using Tracker.Proxy.Forwarding;
using Tracker.Proxy.Listening;
using Tracker.Storage.Connections;
using Tracker.Storage.Hosting;

namespace Tracker.Proxy.Paths;

/// <summary>Shows the paths, writes them into the user's settings, or takes them back.</summary>
internal static class PathsRun
{
    /// <returns>The process's exit code.</returns>
    public static int Run(PathsArguments arguments)
    {
        try
        {
            var configuration = new ConfigurationManager();
            configuration.AddTrackerSettings(arguments.Settings);
            var storage = configuration.GetSection(StorageOptions.SectionName).Get<StorageOptions>() ?? new StorageOptions();
            var report = new PathsReport(
                TrackerPaths.SettingsPath(), TrackerPaths.DatabasePath(storage), TrackerPaths.ClientHome(configuration["Importer:Home"]).Path,
                string.Join(' ', ListenAddresses.Read(configuration).ListenStreams));
            if (arguments.Write || arguments.TakeBack)
            {
                var done = Change(arguments, ClientConnections.Of(configuration, new ProviderCatalog(Options.Create(new ProxyOptions()))), report);
                Console.Error.WriteLine($"tracker-proxy: {done}."); // Standard output is the answer's.
            }

            CommandOutput.Show(report, arguments.Json, () => PathsJson.Default.PathsReport, arguments.Database ? shown => shown.Database + Environment.NewLine : Text);
            return ExitCodes.Ok;
        }
        catch (Exception exception) when (StartupFailure.Explain(exception) is { } failure)
        {
            return failure.Tell("tracker-proxy");
        }
    }

    private static string Text(PathsReport report) => string.Join(Environment.NewLine,
        $"settings  {report.Settings}{(File.Exists(report.Settings) ? "" : " (not there: all settings have their defaults)")}", $"database  {report.Database}", $"home      {report.Home}", "");

    private static string Change(PathsArguments arguments, ClientConnections connections, PathsReport report)
    {
        try
        {
            return TryChange(arguments, connections, report);
        }
        catch (Exception exception) when (exception is MalformedSettingsException or IOException or UnauthorizedAccessException)
        {
            throw new StorageException($"{TrackerPaths.UserSettingsPath()} stays as it is: {exception.Message}", exception);
        }
    }

    private static string TryChange(PathsArguments arguments, ClientConnections connections, PathsReport report)
    {
        var settings = new OwnSettings(TrackerPaths.UserSettingsPath(), report.Database, report.Home);
        if (arguments.TakeBack)
        {
            var changes = connections.PlanDisconnecting(settings).ToList();
            changes.ForEach(connections.Apply);
            return changes.Exists(change => change.ChangesFile) ? $"took database and home out of {settings.File}" : "there is nothing to take back";
        }

        // A file of the user's own takes the place of the machine's.
        if (report.Settings != settings.File)
        {
            return $"nothing is written, because {report.Settings} is in force, and a file of your own would take its place";
        }

        var change = connections.PlanConnecting(settings);
        OwnSettings.Read(change.After!).TryGet(ConfigurationPath.Combine(OwnSettings.DatabasePath.Parts), out var said); // Before it is written.
        var database = TrackerPaths.DatabasePath(new StorageOptions { DatabasePath = said });
        if (database != report.Database)
        {
            return $"{settings.File} names another database, {database}, and stays as it is: remove that line and try again";
        }

        if (!change.ChangesFile)
        {
            return $"{settings.File} says both";
        }

        connections.Apply(change);
        return $"wrote database and home into {settings.File}";
    }
}
