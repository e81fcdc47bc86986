namespace Tracker.Importer.Sources.ClaudeCode;

/// <summary>The lines of Claude Code's transcripts, which other programs that run it write too.</summary>
/// <param name="client">The client of the records.</param>
internal sealed class ClaudeCodeFormat(string client) : ILineFormat
{
    public ReadOnlySpan<byte> Marker => "\"usage\""u8;

    public bool Claims(ReadOnlySpan<char> relativePath) => relativePath.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase);

    public ILineReader Open(LogFile file, string? state, SchemaDrift drift) => new Reader(client, drift);

    // Every line stands for itself.
    private sealed class Reader(string client, SchemaDrift drift) : ILineReader
    {
        public string? State => null;

        public UsageLine Read(ReadOnlySpan<byte> line)
        {
            var parsed = ClaudeCodeLine.Parse(line, drift);
            return new UsageLine(parsed.ToRecord(client), parsed.Uuid, parsed.BrokenParent);
        }
    }
}
