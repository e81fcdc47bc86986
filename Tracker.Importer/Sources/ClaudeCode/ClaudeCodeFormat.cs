namespace Tracker.Importer.Sources.ClaudeCode;

/// <summary>The lines of Claude Code's transcripts, which other programs that run it write too.</summary>
/// <param name="client">The client of the records.</param>
internal sealed class ClaudeCodeFormat(string client) : ILineFormat
{
    // What follows the name of the counts in a line, and more.
    private const int EndBytes = 2048;

    public bool Claims(ReadOnlySpan<char> relativePath) => relativePath.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase);

    // 2: compactions and advice within an answer, sub-agents of 1.0. 3: answers with an empty id, models that stepped in, the cache's lifetimes of several runs.
    public int ReaderVersion => 3;

    /// <remarks>
    /// Most bytes are what people and tools have said. Their lines tell their type at once, before the message; those of answers behind it. Where a disk was full, the beginning of the one
    /// and the whole of the other may have become one line, which is to be told: hence the look at its end.
    /// </remarks>
    public bool Concerns(ReadOnlySpan<byte> line) => !ClaudeCodeWalk.IsOfOtherType(line) || line[^Math.Min(EndBytes, line.Length)..].IndexOf("usage\":"u8) >= 0;

    public ILineReader Open(LogFile file, string? state, SchemaDrift drift) => new ClaudeCodeReader(client, drift);
}
