using System.Globalization;
using Tracker.Storage.Connections;
using Tracker.Storage.Hosting;

namespace Tracker.Proxy;

/// <summary>Where a proxy says why it could not start, when nobody sees its standard error: as a Windows service it has none, and it has no log yet.</summary>
internal static class StartFailureFile
{
    // The installer says it in the service's environment, which can be read whatever is wrong with the settings.
    private const string DatabaseVariable = "TRACKER_Storage__DatabasePath";

    public static string In(string dataDirectory) => Path.Combine(dataDirectory, "logs", "tracker-proxy-start.log");

    /// <summary>Writes the reason in the place of the one before: Windows starts the service again and again.</summary>
    public static void Write(StartupFailure failure, DateTimeOffset now)
    {
        try
        {
            var database = TrackerPaths.DatabasePath(new StorageOptions { DatabasePath = Environment.GetEnvironmentVariable(DatabaseVariable) });
            Write(Path.GetDirectoryName(database)!, failure, now);
        }
        catch (Exception exception) when (exception is SettingsException or IOException or UnauthorizedAccessException)
        {
            // The folder cannot be written. Windows' own log says at least that the service ended.
        }
    }

    internal static void Write(string dataDirectory, StartupFailure failure, DateTimeOffset now)
    {
        var file = In(dataDirectory);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, string.Create(CultureInfo.InvariantCulture, $"{now:yyyy-MM-dd HH:mm:ss zzz} tracker-proxy could not start: {TerminalText.Of(failure.Message)}{Environment.NewLine}"));
    }
}
