using Tracker.Storage.Hosting;

namespace Tracker.Tests.Support;

/// <summary>A folder of a test's own, removed with everything in it.</summary>
internal sealed class TempDirectory : IDisposable
{
    /// <summary>Without links, as programs tell it: on macOS the folder for temporary files lies behind one.</summary>
    public string Path { get; } = TrackerPaths.WithoutLinks(Directory.CreateTempSubdirectory("tracker-test-").FullName);

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose()
    {
        // Pooled connections keep files open, which Windows does not let go. Elsewhere those of other tests, which run at the same time, are left alone.
        if (OperatingSystem.IsWindows())
        {
            Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        }

        Directory.Delete(Path, recursive: true);
    }
}
