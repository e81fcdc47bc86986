namespace Tracker.Importer.Sources.CopilotCli;

/// <summary>The events of one session, its sub-agents' among them: <c>&lt;session&gt;/events.jsonl</c>.</summary>
internal sealed class CopilotEvents : ILineFormat
{
    public bool Claims(ReadOnlySpan<char> relativePath) => relativePath.EndsWith("/events.jsonl", StringComparison.Ordinal) || relativePath.SequenceEqual("events.jsonl");

    public bool Concerns(ReadOnlySpan<byte> line)
    {
        var start = "{\"type\":\""u8;
        if (!line.StartsWith(start))
        {
            return line.IndexOf("session.usage_record"u8) >= 0; // Rewritten by another program.
        }

        line = line[start.Length..];
        return line.StartsWith("session.usage_record\""u8) || line.StartsWith("assistant.message\""u8) || line.StartsWith("session.start\""u8) || line.StartsWith("session.resume\""u8);
    }

    public ILineReader Open(LogFile file, string? state, SchemaDrift drift) => new CopilotReader(Path.GetFileName(Path.GetDirectoryName(file.Path)), state, drift);
}
