using System.Text.Json;
using Tracker.Storage.Usage;

namespace Tracker.Importer.Sources.GeminiCli;

/// <summary>The log of a session, or of a sub-agent in a folder with the session's name.</summary>
internal sealed class GeminiSessionLog : ILineFormat
{
    public bool Claims(ReadOnlySpan<char> relativePath) =>
        relativePath.EndsWith(".jsonl", StringComparison.Ordinal) && (LogFolders.IsBelow(relativePath, "chats") || IsInNamedChats(relativePath));

    // 2: messages whose tools or headers whose directories are of another kind.
    public int ReaderVersion => 2;

    public bool Concerns(ReadOnlySpan<byte> line) => line.StartsWith("{\"sessionId\""u8) || line.IndexOf("\"tokens\""u8) >= 0;

    public ILineReader Open(LogFile file, string? state, SchemaDrift drift) => new Reader(file, state, drift);

    // Below a folder of chats that a person names, of whatever name, are sessions, and folders of sessions with sub-agents; further up, those of projects.
    private static bool IsInNamedChats(ReadOnlySpan<char> relativePath) =>
        LogFolders.IsDirectlyIn(relativePath) || Guid.TryParseExact(relativePath[..relativePath.LastIndexOf('/')], "D", out _);

    private sealed class Reader(LogFile file, string? state, SchemaDrift drift) : ILineReader
    {
        private GeminiSession _session = (state is null ? null : JsonSerializer.Deserialize(state, GeminiJson.Default.GeminiSession)) ?? GeminiSession.Of(file);

        public string State => JsonSerializer.Serialize(_session, GeminiJson.Default.GeminiSession);

        public UsageLine Read(ReadOnlySpan<byte> line)
        {
            if (JsonSerializer.Deserialize(line, GeminiJson.Default.GeminiMessage) is not { } message)
            {
                return default;
            }

            if (message.Type is null)
            {
                _session = message.SessionId is null ? _session : _session.With(message.SessionId, DirectoryOf(message));
                return default;
            }

            drift.UnknownCounts("tokens", message.Tokens?.Unknown);
            return new UsageLine(_session.Read(message, ToolCallsOf(message)));
        }

        private static string? DirectoryOf(GeminiMessage header) => header.Directories.Items().FirstOrDefault().AsText();

        // The client puts the tool's name before the upstream's id; an id without it is the client's own.
        private static List<ToolCall> ToolCallsOf(GeminiMessage message) =>
        [
            .. message.ToolCalls.Items().Select(call => (Id: call.Text("id"), Name: call.Text("name")))
                .Where(call => call is { Id: { } id, Name: { } name } && id.Length > name.Length + 2 && id.StartsWith(name + "__", StringComparison.Ordinal))
                .Select(call => new ToolCall(call.Id![(call.Name!.Length + 2)..], call.Name)),
        ];
    }
}
