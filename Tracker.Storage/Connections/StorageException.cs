namespace Tracker.Storage.Connections;

/// <summary>The database cannot be used as it is. The message says which one, why, and what to do.</summary>
public class StorageException : Exception
{
    public StorageException(string message)
        : base(message)
    {
    }

    public StorageException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public StorageException()
    {
    }

    /// <summary>The folder of the database, its locks and logs cannot be written.</summary>
    public static StorageException CannotWriteTo(string directory, Exception reason)
    {
        ArgumentNullException.ThrowIfNull(reason);
        return new StorageException(
            $"Cannot write to the data directory {directory}: {reason.Message} Make it writable for this user, or set Storage:DatabasePath to another place.", reason);
    }
}
