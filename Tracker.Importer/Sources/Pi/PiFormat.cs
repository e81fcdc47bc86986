namespace Tracker.Importer.Sources.Pi;

/// <summary>The session files of Pi's session manager, which other programs use too. Described in this folder's README.md.</summary>
/// <param name="client">The client of the records.</param>
/// <param name="claims">Which files are sessions.</param>
internal sealed class PiFormat(string client, PiFormat.FileTest claims) : ILineFormat
{
    /// <summary>Tells a file by its path below the root.</summary>
    public delegate bool FileTest(ReadOnlySpan<char> relativePath);

    // 2: the reasoning, and what was written to the cache for an hour.
    public int ReaderVersion => 2;

    // The head of the file has none of the words that a call has.
    public bool Claims(ReadOnlySpan<char> relativePath) => claims(relativePath);

    public bool Concerns(ReadOnlySpan<byte> line) => line.IndexOf("\"usage\""u8) >= 0 || IsHead(line);

    public ILineReader Open(LogFile file, string? state, SchemaDrift drift) => new Reader(client, state, drift);

    private static bool IsHead(ReadOnlySpan<byte> line) => line[..Math.Min(line.Length, 40)].IndexOf("\"session\""u8) >= 0;

    private sealed class Reader(string client, string? state, SchemaDrift drift) : ILineReader
    {
        // The session's id and working directory, from the first line.
        public string? State { get; private set; } = state;

        public UsageLine Read(ReadOnlySpan<byte> line)
        {
            using var json = JsonFields.Parse(line);
            var entry = json.RootElement;
            if (entry.Text("type") == "session")
            {
                State = $"{entry.Text("id")}\n{entry.Text("cwd")}";
                return default;
            }

            if (PiUsage.ToRecord(entry, client, drift) is not { } record)
            {
                return default;
            }

            var parts = State?.Split('\n') ?? [];
            return new UsageLine(record with { SessionId = Part(0), Project = Part(1) });

            string? Part(int index) => parts.ElementAtOrDefault(index) is { Length: > 0 } text ? text : null;
        }
    }
}
