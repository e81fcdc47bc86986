namespace Tracker.Proxy.Connecting;

/// <summary>How a client stands.</summary>
/// <param name="Client">Its name.</param>
/// <param name="Title">As its makers call it.</param>
/// <param name="WithoutProxy">What Tracker knows of its calls without the proxy.</param>
internal sealed record ClientStatus(string Client, string Title, string WithoutProxy)
{
    /// <summary>Whether it seems to be used on this machine.</summary>
    public bool IsFound { get; init; }

    /// <summary>Its settings file, which need not exist.</summary>
    public required string File { get; init; }

    public bool FileExists { get; init; }

    public ClientState State { get; init; }

    /// <summary>Where it is pointed, without a password or a query; null: its default.</summary>
    public string? Address { get; init; }

    /// <summary>Where in the file that is, or where the file is broken.</summary>
    public int? Line { get; init; }

    /// <summary>When it was connected; null: not by Tracker.</summary>
    public DateTimeOffset? ConnectedAt { get; init; }

    /// <summary>Why it cannot be connected.</summary>
    public string? Obstacle { get; init; }

    /// <inheritdoc cref="ClientPlan.Notes"/>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <inheritdoc cref="ClientPlan.Hints"/>
    public IReadOnlyList<string> Hints { get; init; } = [];
}
