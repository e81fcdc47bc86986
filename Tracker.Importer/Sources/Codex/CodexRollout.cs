namespace Tracker.Importer.Sources.Codex;

/// <summary>The file of one thread: <c>rollout-&lt;local time&gt;-&lt;thread id&gt;.jsonl</c>, or compressed with <c>.zst</c> behind it.</summary>
internal sealed class CodexRollout : ILineFormat
{
    private const string Extension = ".jsonl";
    private const int IdLength = 36;

    public bool Claims(ReadOnlySpan<char> relativePath)
    {
        var name = relativePath[(relativePath.LastIndexOf('/') + 1)..];
        return name.StartsWith("rollout-", StringComparison.Ordinal) && (name.EndsWith(Extension, StringComparison.Ordinal) || name.EndsWith(".jsonl.zst", StringComparison.Ordinal));
    }

    // 2: forks whose turns have no ids.
    public int ReaderVersion => 2;

    public bool Concerns(ReadOnlySpan<byte> line) => CodexReader.Concerns(line);

    public ILineReader Open(LogFile file, string? state, SchemaDrift drift) => new CodexReader(ThreadIdIn(file.Path), state, drift);

    private static string? ThreadIdIn(string path)
    {
        var name = Path.GetFileName(path);
        var end = name.LastIndexOf(Extension, StringComparison.Ordinal);
        return end >= IdLength ? name[(end - IdLength)..end] : null;
    }
}
