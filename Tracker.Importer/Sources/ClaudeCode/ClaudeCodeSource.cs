using Tracker.Storage.Hosting;

namespace Tracker.Importer.Sources.ClaudeCode;

/// <summary>Claude Code's transcripts: <c>&lt;config folder&gt;/projects/**/*.jsonl</c>. The format and its traps are in this folder's README.md.</summary>
internal sealed class ClaudeCodeSource(ClientFolders folders) : IUsageSource
{
    public const string Name = "claude-code";
    private const string Projects = "projects";

    public string Client => Name;

    public IReadOnlyList<ILogFormat> Formats { get; } = [new ClaudeCodeFormat(Name)];

    public IReadOnlyList<string> FindRoots() =>
        [.. ConfigFolders().Select(ProjectsIn).Concat(folders.Configured(Client).SelectMany(path => LogFolders.Named(path, Projects))).Distinct(StringComparer.Ordinal)];

    // A folder that the settings name may be a copy, which nobody cleans up.
    public IReadOnlyList<LogRetention> FindRetention() => [.. ConfigFolders().Where(folder => Directory.Exists(ProjectsIn(folder))).Select(ClaudeCodeSettings.RetentionIn)];

    // Claude Code itself takes one folder in its variable; other tools that read its logs take a list, so people have lists.
    private IEnumerable<string> ConfigFolders() => folders.Variable("CLAUDE_CONFIG_DIR") is { } variable
        ? variable.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(TrackerPaths.ExpandHome).Select(Path.GetFullPath).Select(Path.TrimEndingDirectorySeparator)
        : [folders.InHome(".claude"), Path.Combine(folders.XdgConfig, "claude")];

    private static string ProjectsIn(string folder) => LogFolders.Within(folder, Projects);
}
