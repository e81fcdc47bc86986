namespace Tracker.Importer.Sources.ClaudeCode;

/// <summary>Reads the lines of a transcript. Every line stands for itself.</summary>
internal sealed class ClaudeCodeReader(string client, SchemaDrift drift) : ILineReader
{
    private readonly ClaudeCodeLine _line = new();
    private readonly TextCache _texts = new();

    public string? State => null;

    public UsageLine Read(ReadOnlySpan<byte> line)
    {
        if (!ClaudeCodeWalk.TryParse(line, _texts, drift, _line))
        {
            ClaudeCodeJson.Parse(line, drift, _line);
        }

        return new UsageLine(_line.ToRecord(client), _line.Uuid, _line.BrokenParent);
    }
}
