using Microsoft.Extensions.Configuration;
using Tracker.Importer.Sources.ClaudeCode;
using Tracker.Importer.Sources.ClaudeDesktop;
using Tracker.Importer.Sources.Cline;
using Tracker.Importer.Sources.Codex;
using Tracker.Importer.Sources.CopilotCli;
using Tracker.Importer.Sources.GeminiCli;
using Tracker.Importer.Sources.KiloCode;
using Tracker.Importer.Sources.KimiCode;
using Tracker.Importer.Sources.OpenClaw;
using Tracker.Importer.Sources.Opencode;
using Tracker.Importer.Sources.Pi;
using Tracker.Importer.Sources.QwenCode;
using Tracker.Importer.Sources.Tokencost;
using Tracker.Importer.Sources.Xcode;

namespace Tracker.Importer.Sources;

/// <summary>All the clients whose logs Tracker reads.</summary>
internal static class UsageSources
{
    /// <summary>Their names.</summary>
    public static IReadOnlySet<string> Clients { get; } =
        All(new ClientFolders(AppContext.BaseDirectory, new ConfigurationBuilder().Build())).Select(source => source.Client).ToHashSet(StringComparer.Ordinal);

    public static IReadOnlyList<IUsageSource> All(ClientFolders folders) =>
    [
        new ClaudeCodeSource(folders),
        new CodexSource(folders),
        new GeminiCliSource(folders),
        new QwenCodeSource(folders),
        new CopilotCliSource(folders),
        new OpencodeSource(folders),
        new ClineSource(folders, ClineProgram.Cline),
        new ClineSource(folders, ClineProgram.RooCode),
        new KiloCodeSource(folders),
        new ClineSource(folders, ClineProgram.Bob),
        new ClaudeDesktopSource(folders),
        new XcodeSource(folders),
        new OpenClawSource(folders),
        new PiSource(folders),
        new KimiCodeSource(folders),
        new TokencostSource(folders),
    ];
}
