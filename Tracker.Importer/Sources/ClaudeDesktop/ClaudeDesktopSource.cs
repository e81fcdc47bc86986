namespace Tracker.Importer.Sources.ClaudeDesktop;

/// <summary>The sessions that Claude Desktop runs with Claude Code on this machine (local agent mode, Cowork). Described in this folder's README.md.</summary>
internal sealed class ClaudeDesktopSource(ClientFolders folders) : IUsageSource
{
    public const string Name = "claude-desktop";
    private const string Sessions = "local-agent-mode-sessions";

    public string Client => Name;

    public bool IsExperimental => true;

    public IReadOnlyList<ILogFormat> Formats { get; } = [new ClaudeDesktopFormat()];

    public IReadOnlyList<string> FindRoots() =>
        [.. folders.ApplicationData.Concat(StorePackages()).Select(data => Path.Combine(data, "Claude", Sessions)).Concat(folders.Configured(Name)).Distinct(StringComparer.Ordinal)];

    // Installed from the Windows Store its roaming data lies within the package.
    private List<string> StorePackages()
    {
        var packages = folders.InHome("AppData", "Local", "Packages");
        try
        {
            return Directory.Exists(packages) ? Directory.EnumerateDirectories(packages, "Claude_*").Select(package => Path.Combine(package, "LocalCache", "Roaming")).ToList() : [];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
