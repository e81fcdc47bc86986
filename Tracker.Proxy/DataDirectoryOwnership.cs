using Microsoft.Data.Sqlite;
using Tracker.Storage.Connections;
using Tracker.Storage.Hosting;

namespace Tracker.Proxy;

/// <summary>One proxy owns a data directory: claims it and makes the database ready, or says why that cannot be.</summary>
internal static class DataDirectoryOwnership
{
    private const int Tries = 10;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Who has the database locked for longer is waited for by the writer: until here, no port is open.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(250);

    /// <exception cref="StorageException">The directory belongs to another proxy, or cannot be used.</exception>
    public static DirectoryLock Take(TrackerConnectionFactory connections)
    {
        var directory = connections.DataDirectory;
        var ownership = TakeLock(directory);
        if (connections.LeaveMigrationToWriter(LongestWait))
        {
            return ownership; // The writer does it: no call waits until a large database has been copied.
        }

        try
        {
            connections.MakeReady(LongestWait);
            return ownership;
        }
        catch (Exception exception) when (exception is SqliteException || (exception is StorageException && File.Exists(connections.DatabasePath)))
        {
            // Locked, damaged, from a newer Tracker: forwarding starts all the same. The writer says what is wrong, and the journal holds the records.
            return ownership;
        }
        catch
        {
            ownership.Dispose();
            throw;
        }
    }

    private static DirectoryLock TakeLock(string directory)
    {
        try
        {
            // The importer looks at the lock by taking it for a moment.
            for (var i = 0; i < Tries; i++)
            {
                if (DirectoryLock.TryTake(DirectoryLock.ProxyLock(directory)) is { } ownership)
                {
                    return ownership;
                }

                Thread.Sleep(Pause);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw StorageException.CannotWriteTo(directory, exception);
        }

        throw new StorageException($"Another tracker-proxy is running with the data directory {directory}. Stop it first, or set Storage:DatabasePath to another place.");
    }
}
