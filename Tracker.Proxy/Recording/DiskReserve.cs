using Tracker.Storage.Connections;

namespace Tracker.Proxy.Recording;

/// <summary>
/// Room on the disk that is kept for a database that has filled it: without any, SQLite could not even copy its log into the database, and would
/// stay full for ever. An empty file beside the database, whose blocks are really there as far as the file system promises that. For the writer's thread.
/// </summary>
internal sealed class DiskReserve(TrackerConnectionFactory connections, TimeProvider time)
{
    /// <summary>
    /// The database grows by no more than its log holds when that is copied, which is <see cref="WalKeeper.Large"/> when <see cref="WalKeeper"/> acts, unless somebody reads all the time. The journal may take two segments.
    /// </summary>
    public const int Size = WalKeeper.Large + (2 * JournalSegment.Size);

    /// <summary>Who has filled the disk must have time to use the room.</summary>
    private static readonly TimeSpan BeforeNext = TimeSpan.FromMinutes(1);

    private bool _isHeld;
    private long? _givenUpAt;

    private string Path => System.IO.Path.Combine(connections.DataDirectory, "tracker-proxy.reserve");

    /// <summary>Takes the room, if it is not held and was not given up, or missing, within the last minute. To be called when the database could be written.</summary>
    public void Hold()
    {
        if (_isHeld || (_givenUpAt is { } given && time.GetElapsedTime(given) < BeforeNext))
        {
            return;
        }

        try
        {
            Create();
            _isHeld = true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            GiveUp(); // There is no room for it now.
        }
    }

    /// <summary>Gives the room to whoever needs it.</summary>
    public void GiveUp()
    {
        _isHeld = false;
        _givenUpAt = time.GetTimestamp();
        try
        {
            File.Delete(Path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Then nothing can be written here, and whoever writes says so.
        }
    }

    private void Create()
    {
        // One that a killed process has left is made anew: nobody knows whether it is whole.
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, Share = FileShare.Read | FileShare.Delete, BufferSize = 0, PreallocationSize = Size };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using var file = new FileStream(Path, options);
        file.SetLength(Size);
    }
}
