using Tracker.Importer.Sources.ClaudeCode;

namespace Tracker.Importer.Sources;

/// <summary>All the clients whose logs Tracker reads.</summary>
internal static class UsageSources
{
    public static IReadOnlyList<IUsageSource> All(ClientFolders folders) =>
    [
        new ClaudeCodeSource(folders),
    ];
}
