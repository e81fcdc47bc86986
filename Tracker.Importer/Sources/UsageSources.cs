using Tracker.Importer.Sources.ClaudeCode;
using Tracker.Importer.Sources.Codex;
using Tracker.Importer.Sources.CopilotCli;
using Tracker.Importer.Sources.GeminiCli;
using Tracker.Importer.Sources.QwenCode;

namespace Tracker.Importer.Sources;

/// <summary>All the clients whose logs Tracker reads.</summary>
internal static class UsageSources
{
    public static IReadOnlyList<IUsageSource> All(ClientFolders folders) =>
    [
        new ClaudeCodeSource(folders),
        new CodexSource(folders),
        new GeminiCliSource(folders),
        new QwenCodeSource(folders),
        new CopilotCliSource(folders),
    ];
}
