namespace Tracker.Importer.Sources.KimiCode;

/// <summary>The log of one agent: <c>&lt;directory&gt;/&lt;session&gt;/agents/&lt;agent&gt;/wire.jsonl</c>, in Kimi CLI <c>&lt;directory&gt;/&lt;session&gt;/wire.jsonl</c>.</summary>
internal sealed class KimiWireLog : ILineFormat
{
    private const string FileName = "wire.jsonl";
    private const string MainAgent = "main";

    // 2: the model that the API was asked for, not its alias; the project.
    public int ReaderVersion => 2;

    // Three kinds of lines matter, and share no word.
    public bool Claims(ReadOnlySpan<char> relativePath) =>
        relativePath.EndsWith(FileName, StringComparison.Ordinal) && (relativePath.Length == FileName.Length || relativePath[^(FileName.Length + 1)] == '/');

    public bool Concerns(ReadOnlySpan<byte> line) => line.IndexOf("\"usage.record\""u8) >= 0 || line.IndexOf("\"llm.request\""u8) >= 0 || line.IndexOf("\"token_usage\""u8) >= 0;

    public ILineReader Open(LogFile file, string? state, SchemaDrift drift)
    {
        var folder = Path.GetDirectoryName(file.Path);
        var agents = Path.GetDirectoryName(folder);
        if (Path.GetFileName(agents) != "agents")
        {
            return new Reader(Path.GetFileName(folder), null, null, state, drift);
        }

        var session = Path.GetDirectoryName(agents);
        var agent = Path.GetFileName(folder);
        return new Reader(Path.GetFileName(session), agent == MainAgent ? null : agent, WorkDirectoryIn(session), state, drift);
    }

    // "workDir" in versions before 2.
    private static string? WorkDirectoryIn(string? session)
    {
        using var json = ClientFile.TryParse(Path.Combine(session ?? "", "state.json"));
        return json?.RootElement.Text("cwd") ?? json?.RootElement.Text("workDir");
    }

    private sealed class Reader(string? session, string? agent, string? project, string? state, SchemaDrift drift) : ILineReader
    {
        private KimiRequest? _asked = KimiRequest.FromState(state);

        public string? State => _asked?.ToState();

        public UsageLine Read(ReadOnlySpan<byte> line)
        {
            using var json = JsonFields.Parse(line);
            _asked = KimiRequest.From(json.RootElement) ?? _asked;
            return KimiUsage.ToRecord(json.RootElement, _asked, drift) is { } record ? new UsageLine(record with { SessionId = session, AgentId = agent ?? record.AgentId, Project = project }) : default;
        }
    }
}
