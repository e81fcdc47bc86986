namespace Tracker.Importer.Sources.QwenCode;

/// <summary>The log of one session.</summary>
internal sealed class QwenChatLog : ILineFormat
{
    public bool Claims(ReadOnlySpan<char> relativePath) =>
        relativePath.EndsWith(".jsonl", StringComparison.Ordinal) && (LogFolders.IsBelow(relativePath, "chats") || LogFolders.IsDirectlyIn(relativePath));

    public bool Concerns(ReadOnlySpan<byte> line) => line.IndexOf("\"qwen-code.api_"u8) >= 0 || line.IndexOf("\"usageMetadata\""u8) >= 0;

    public ILineReader Open(LogFile file, string? state, SchemaDrift drift) => new QwenReader(state, drift);
}
