using Tracker.Storage.Connections;
using Tracker.Storage.Hosting;

namespace Tracker.Proxy.Doctor;

/// <summary>Databases in the places where a service or another user's settings would put one.</summary>
internal static class OtherDatabases
{
    private static readonly StringComparer Names = OperatingSystem.IsLinux() ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase;

    public static IEnumerable<string> Find(string known) => Places().Select(TrackerPaths.WithoutLink).Distinct(Names).Where(path => !Names.Equals(path, known) && Exists(path));

    private static IEnumerable<string> Places()
    {
        yield return TrackerPaths.DatabasePath(new StorageOptions());
        if (OperatingSystem.IsWindows())
        {
            yield return Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.CommonApplicationData), "Tracker", "tracker.db");
            yield return Path.Combine(Environment.SystemDirectory, "config", "systemprofile", "AppData", "Local", "Tracker", "tracker.db"); // A service as LocalSystem.
        }
        else
        {
            yield return "/var/lib/tracker/tracker.db";
        }
    }

    // One in a folder that this user may not look into does not exist for him.
    private static bool Exists(string path) => new FileInfo(path) is { Exists: true, Length: > 0 };
}
