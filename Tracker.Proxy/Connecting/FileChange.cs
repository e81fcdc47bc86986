using Tracker.Proxy.Connecting.Editing;

namespace Tracker.Proxy.Connecting;

/// <summary>What is to be done to a client's settings file; nothing has been done yet.</summary>
internal sealed record FileChange
{
    public required Client Client { get; init; }

    public required SettingsFile File { get; init; }

    /// <summary>The file's new text; null: the file goes.</summary>
    public required string? After { get; init; }

    /// <summary>What is known of the file from now on; null: nothing.</summary>
    public Connection? Connection { get; init; }

    /// <summary>What was known of it.</summary>
    public Connection? Known { get; init; }

    /// <summary>Why nothing is done; null: nothing stands in the way.</summary>
    public string? Obstacle { get; init; }

    /// <summary>What the user should know.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>What of the file may be shown.</summary>
    public IReadOnlyList<string> Shown { get; init; } = [];

    public bool ChangesFile => After is null ? File.Bytes is not null : File.Bytes is null || After != File.Text;

    public string Diff => LineDiff.Of(File.Bytes is null ? null : File.Text, After, File.Path, Shown);
}
