namespace Tracker.Proxy.Doctor;

/// <summary>What the doctor reads of <c>/status</c>, of whatever version the running proxy is: what it does not tell is null.</summary>
internal sealed record ProxyStatus
{
    public string? Version { get; init; }

    public string? Database { get; init; }

    public long? QueueDepth { get; init; }

    public long? Dropped { get; init; }

    public long? SetAside { get; init; }

    public long? Spilled { get; init; }

    public string? JournalState { get; init; }

    public string? JournalReason { get; init; }

    public string? WriterState { get; init; }

    public DateTimeOffset? WriterStateSince { get; init; }

    public string? WriterReason { get; init; }

    public string? PricesError { get; init; }

    /// <summary>Whether it is the proxy of a database.</summary>
    public bool IsOf(string database) => database.Equals(Database, OperatingSystem.IsLinux() ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase);
}
