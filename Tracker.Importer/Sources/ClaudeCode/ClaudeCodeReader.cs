using Tracker.Storage.Usage;

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

        var record = _line.ToRecord(client);
        return new UsageLine(record, _line.Uuid, _line.BrokenParent, Within: record is null ? null : Within(record));
    }

    private List<UsageRecord>? Within(UsageRecord record)
    {
        var apart = _line.Iterations.Apart;
        return apart.Count == 0 ? null : [.. apart.Select(iteration => iteration.ToRecord(record))];
    }
}
