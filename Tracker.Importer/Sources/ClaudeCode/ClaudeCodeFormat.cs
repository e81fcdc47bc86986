namespace Tracker.Importer.Sources.ClaudeCode;

/// <summary>The lines of Claude Code's transcripts, which other programs that run it write too.</summary>
/// <param name="client">The client of the records.</param>
internal sealed class ClaudeCodeFormat(string client) : ILineFormat
{
    public ReadOnlySpan<byte> Marker => "\"usage\""u8;

    public bool Claims(ReadOnlySpan<char> relativePath) => relativePath.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase);

    // 2: compactions and advice within an answer, sub-agents of 1.0.
    public int ReaderVersion => 2;

    public ILineReader Open(LogFile file, string? state, SchemaDrift drift) => new ClaudeCodeReader(client, drift);
}
