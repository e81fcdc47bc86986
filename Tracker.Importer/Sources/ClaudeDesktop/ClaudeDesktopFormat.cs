using Tracker.Importer.Sources.ClaudeCode;

namespace Tracker.Importer.Sources.ClaudeDesktop;

/// <summary>Claude Code's transcripts within the folder of a session of Claude Desktop's: <c>…/.claude/projects/**/*.jsonl</c>.</summary>
internal sealed class ClaudeDesktopFormat : ILineFormat
{
    private readonly ClaudeCodeFormat _transcripts = new(ClaudeDesktopSource.Name);

    public int ReaderVersion => ((ILogFormat)_transcripts).ReaderVersion;

    // audit.jsonl, beside them, has the same messages again. A session's folder holds files of people's own as well.
    public bool Claims(ReadOnlySpan<char> relativePath) =>
        _transcripts.Claims(relativePath)
        && (relativePath.Contains(".claude/projects/", StringComparison.Ordinal) || relativePath.StartsWith("projects/", StringComparison.Ordinal) || IsInNamedProjects(relativePath))
        && !NameOf(relativePath).Equals("audit.jsonl", StringComparison.OrdinalIgnoreCase);

    // Below the folder of the projects, or of one of them, that a person names, of whatever name: <project>/<session>.jsonl and <project>/<session>/subagents/agent-….jsonl.
    private static bool IsInNamedProjects(ReadOnlySpan<char> relativePath)
    {
        var folder = relativePath[..Math.Max(0, relativePath.LastIndexOf('/'))];
        var name = NameOf(relativePath);
        return LogFolders.IsDirectlyIn(relativePath)
            || (LogFolders.IsDirectlyIn(folder) && Guid.TryParseExact(name[..name.LastIndexOf('.')], "D", out _))
            || (folder.EndsWith("/subagents", StringComparison.Ordinal) && name.StartsWith("agent-", StringComparison.Ordinal));
    }

    private static ReadOnlySpan<char> NameOf(ReadOnlySpan<char> relativePath) => relativePath[(relativePath.LastIndexOf('/') + 1)..];

    public bool Concerns(ReadOnlySpan<byte> line) => _transcripts.Concerns(line);

    public ILineReader Open(LogFile file, string? state, SchemaDrift drift) => _transcripts.Open(file, state, drift);
}
