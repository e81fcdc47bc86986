using Tracker.Importer.Sources.ClaudeCode;

namespace Tracker.Importer.Sources.Xcode;

/// <summary>The transcripts of the Claude agent in Xcode, which are Claude Code's. Described in this folder's README.md.</summary>
internal sealed class XcodeSource(ClientFolders folders) : IUsageSource
{
    public const string Name = "xcode";

    public string Client => Name;

    public bool IsExperimental => true;

    public IReadOnlyList<ILogFormat> Formats { get; } = [new ClaudeCodeFormat(Name)];

    public IReadOnlyList<string> FindRoots() =>
        [.. folders.Configured(Name).SelectMany(path => LogFolders.Named(path, "projects")).Prepend(folders.InHome("Library", "Developer", "Xcode", "CodingAssistant", "ClaudeAgentConfig", "projects")).Distinct(StringComparer.Ordinal)];
}
