namespace Tracker.Importer.Sources;

/// <summary>Steps from a folder that a person named to the one with the logs.</summary>
internal static class LogFolders
{
    /// <summary>The folder with the logs within a client's folder. A person may name either.</summary>
    public static string Within(string folder, string name)
    {
        var logs = Path.Combine(folder, name);
        return Path.GetFileName(folder) == name && !Directory.Exists(logs) ? folder : logs;
    }
}
