using Microsoft.Extensions.Configuration;
using Tracker.Storage.Connections;
using Tracker.Storage.Hosting;

namespace Tracker.Importer;

/// <summary>For commands that are about what is stored: they make no database where there is none, and no folder for a log beside it.</summary>
internal static class ExistingDatabase
{
    public static bool IsThere(IConfiguration configuration) => File.Exists(PathIn(configuration));

    /// <exception cref="StorageException">There is none.</exception>
    public static void Require(IConfiguration configuration)
    {
        if (!IsThere(configuration))
        {
            throw new StorageException($"There is no database {PathIn(configuration)} yet. Set Storage:DatabasePath if it is somewhere else.");
        }
    }

    private static string PathIn(IConfiguration configuration) => TrackerPaths.DatabasePathAtStart(new StorageOptions { DatabasePath = configuration["Storage:DatabasePath"] });
}
