namespace Tracker.Storage.Hosting;

/// <summary>
/// Says that one process of a kind works in a data directory. Held as an open file, so the operating system gives it back even when the
/// process is killed. The file's presence means nothing.
/// </summary>
public sealed class DirectoryLock : IDisposable
{
    private readonly FileStream _file;

    private DirectoryLock(FileStream file) => _file = file;

    /// <summary>The lock of the one proxy of a data directory.</summary>
    public static string ProxyLock(string dataDirectory) => Path.Combine(dataDirectory, "tracker-proxy.lock");

    /// <summary>The lock of the one importer of a data directory.</summary>
    public static string ImporterLock(string dataDirectory) => Path.Combine(dataDirectory, "tracker-importer.lock");

    /// <summary>Takes the lock.</summary>
    /// <returns>Null when another process has it.</returns>
    /// <exception cref="IOException">The file cannot be created.</exception>
    /// <exception cref="UnauthorizedAccessException">The file cannot be created.</exception>
    public static DirectoryLock? TryTake(string path)
    {
        try
        {
            OwnerOnlyDirectory.Create(Path.GetDirectoryName(path)!);
            return new DirectoryLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException exception) when (IsSharingViolation(exception))
        {
            return null;
        }
    }

    /// <summary>Whether another process holds the lock now.</summary>
    public static bool IsHeld(string path)
    {
        if (!File.Exists(path))
        {
            return false;
        }

        using var mine = TryTake(path);
        return mine is null;
    }

    public void Dispose() => _file.Dispose();

    // Windows: ERROR_SHARING_VIOLATION. Unix: EWOULDBLOCK from flock, as the runtime reports it (11 on Linux, 35 on macOS).
    private static bool IsSharingViolation(IOException exception) => (exception.HResult & 0xFFFF) is 32 or 11 or 35;
}
