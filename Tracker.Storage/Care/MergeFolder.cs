using Tracker.Storage.Hosting;

namespace Tracker.Storage.Care;

/// <summary>
/// A folder for the copy of another database, in that for temporary files and for its owner only. A signal that ends the program removes it first; on Windows, where its files are open, it
/// stays, as it does after a kill. Then the next one removes it: a lock in it says that it is used.
/// </summary>
internal sealed class MergeFolder : IDisposable
{
    private const string Prefix = "tracker-merge-";
    private const int Tries = 5;

    // A folder that was just made may not have its lock yet.
    private static readonly TimeSpan LongestWithoutLock = TimeSpan.FromHours(1);

    private readonly EndSignals _signals;
    private DirectoryLock? _lock;

    private MergeFolder(string path)
    {
        Path = path;
        _signals = new EndSignals(() => Discard(path));
    }

    public string Path { get; }

    /// <summary>Makes one, and removes those that nobody uses any more.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">It cannot be made.</exception>
    public static MergeFolder Create(TimeProvider time)
    {
        var folder = new MergeFolder(Directory.CreateTempSubdirectory(Prefix).FullName);
        try
        {
            folder._lock = DirectoryLock.TryTake(LockOf(folder.Path));
            RemoveAbandoned(folder.Path, time.GetUtcNow() - LongestWithoutLock);
            return folder;
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _lock?.Dispose();
        Discard(Path);
        _signals.Dispose();
    }

    private static string LockOf(string folder) => System.IO.Path.Combine(folder, "lock");

    private static void RemoveAbandoned(string own, DateTimeOffset latest)
    {
        try
        {
            var owner = FileStatus.Of(own)?.Owner;
            foreach (var folder in new DirectoryInfo(System.IO.Path.GetDirectoryName(own)!).GetDirectories(Prefix + "*"))
            {
                // In a folder that all users share there may be others' of this name.
                if (folder.LastWriteTimeUtc < latest && !folder.Attributes.HasFlag(FileAttributes.ReparsePoint) && FileStatus.Of(folder.FullName)?.Owner == owner && !IsUsed(folder.FullName))
                {
                    Discard(folder.FullName);
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Left for the next one.
        }
    }

    private static bool IsUsed(string folder)
    {
        try
        {
            return DirectoryLock.IsHeld(LockOf(folder));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }

    // What is being copied may put a file into it meanwhile.
    private static void Discard(string folder)
    {
        for (var left = Tries; left > 0 && Directory.Exists(folder); left--)
        {
            try
            {
                Directory.Delete(folder, recursive: true);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // Left for the next try, or the next one's folder.
            }
        }
    }
}
