using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using Tracker.Storage.Hosting;

namespace Tracker.Importer.Sources.ClaudeCode;

/// <summary>Claude Code's transcripts: <c>&lt;config folder&gt;/projects/**/*.jsonl</c>. The format and its traps are in this folder's README.md.</summary>
internal sealed class ClaudeCodeSource(IOptions<ImporterOptions> options, IConfiguration configuration) : IUsageSource
{
    public const string Name = "claude-code";

    public string Client => Name;

    public ReadOnlySpan<byte> Marker => "\"usage\""u8;

    public IReadOnlyList<string> FindRoots() =>
        [.. ConfigFolders().Concat(ImporterOptions.ReadRoots(configuration, Client)).Select(ProjectsIn).Distinct(StringComparer.Ordinal)];

    public UsageLine Read(ReadOnlySpan<byte> line)
    {
        var parsed = ClaudeCodeLine.Parse(line);
        return new UsageLine(parsed.ToRecord(), parsed.Uuid, parsed.BrokenParent);
    }

    private IEnumerable<string> ConfigFolders()
    {
        if (options.Value.Home is { } home)
        {
            home = Path.GetFullPath(TrackerPaths.ExpandHome(home), AppContext.BaseDirectory);
            return [Path.Combine(home, ".claude"), Path.Combine(home, ".config", "claude")];
        }

        // Claude Code itself takes one folder here; other tools that read its logs take a list, so people have lists.
        if (Environment.GetEnvironmentVariable("CLAUDE_CONFIG_DIR") is { } variable && !string.IsNullOrWhiteSpace(variable))
        {
            return variable.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(TrackerPaths.ExpandHome).Select(Path.GetFullPath);
        }

        return [Path.Combine(TrackerPaths.Home(), ".claude"), Path.Combine(TrackerPaths.XdgDirectory("XDG_CONFIG_HOME", ".config"), "claude")];
    }

    // A folder that a person names may be the config folder or the one with the projects.
    private static string ProjectsIn(string folder)
    {
        var projects = Path.Combine(folder, "projects");
        return Path.GetFileName(folder) == "projects" && !Directory.Exists(projects) ? folder : projects;
    }
}
