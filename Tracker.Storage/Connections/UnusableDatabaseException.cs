namespace Tracker.Storage.Connections;

/// <summary>The database is damaged, or made by a newer Tracker: nothing is written to it, and waiting does not help. Somebody must act.</summary>
public sealed class UnusableDatabaseException : StorageException
{
    public UnusableDatabaseException(string message)
        : base(message)
    {
    }

    public UnusableDatabaseException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public UnusableDatabaseException()
    {
    }
}
