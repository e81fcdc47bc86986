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
        && (relativePath.Contains(".claude/projects/", StringComparison.Ordinal) || relativePath.StartsWith("projects/", StringComparison.Ordinal))
        && !relativePath.EndsWith("/audit.jsonl", StringComparison.OrdinalIgnoreCase);

    public bool Concerns(ReadOnlySpan<byte> line) => _transcripts.Concerns(line);

    public ILineReader Open(LogFile file, string? state, SchemaDrift drift) => _transcripts.Open(file, state, drift);
}
