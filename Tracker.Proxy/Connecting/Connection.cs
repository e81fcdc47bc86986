using Tracker.Proxy.Connecting.Editing;

namespace Tracker.Proxy.Connecting;

/// <summary>What connecting a client has changed in a file: all that disconnecting needs to know. It holds nothing of the file that is not Tracker's own.</summary>
internal sealed record Connection
{
    public required string Client { get; init; }

    /// <summary>The file itself, not a link to it.</summary>
    public required string File { get; init; }

    /// <summary>The kind of file.</summary>
    public required string Format { get; init; }

    public required DateTimeOffset ConnectedAt { get; init; }

    /// <summary>The file as it was before; null when there was none.</summary>
    public string? Backup { get; init; }

    /// <summary>Folders that were made for the file, the innermost first.</summary>
    public IReadOnlyList<string> CreatedFolders { get; init; } = [];

    public required IReadOnlyList<ConnectedSetting> Settings { get; init; }

    /// <summary>SHA-256 of the file after the change. While it is that, taking back <see cref="Edits"/> gives the very bytes from before. Null: somebody has edited it since.</summary>
    public string? Hash { get; init; }

    public IReadOnlyList<TextEdit> Edits { get; init; } = [];
}
