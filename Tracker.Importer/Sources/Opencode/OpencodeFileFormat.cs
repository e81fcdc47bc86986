using System.Collections.Concurrent;
using Tracker.Storage.Usage;

namespace Tracker.Importer.Sources.Opencode;

/// <summary>The files of opencode before 1.2: <c>storage/message/&lt;session&gt;/&lt;message&gt;.json</c>.</summary>
internal sealed class OpencodeFileFormat(OpencodeProgram program) : IDocumentFormat
{
    // Parents of sessions, by the session's file. They do not change.
    private readonly ConcurrentDictionary<string, string?> _parents = new(StringComparer.Ordinal);

    // All messages' ids begin so; other files of that kind may lie in a folder that a person names.
    public bool Claims(ReadOnlySpan<char> relativePath) =>
        relativePath.EndsWith(".json", StringComparison.OrdinalIgnoreCase) && relativePath[(relativePath.LastIndexOf('/') + 1)..].StartsWith("msg_", StringComparison.Ordinal);

    // 2: copies whose original is gone.
    public int ReaderVersion => 2;

    public void Read(LogFile file, ReadOnlySpan<byte> content, SchemaDrift drift, Action<UsageRecord> onRecord)
    {
        using var json = JsonFields.Parse(content);
        var message = json.RootElement;
        OpencodeUsage.TellUnknown(message, drift);
        var sessionId = message.Text("sessionID");
        if (OpencodeUsage.ToRecord(program.Name, message, message.Text("id"), sessionId, ParentOf(sessionId, file.Path), []) is { } record)
        {
            onRecord(record);
        }
    }

    private string? ParentOf(string? sessionId, string messagePath)
    {
        // <storage>/message/<session>/<message>.json beside <storage>/session/<project>/<session>.json
        var storage = Path.GetDirectoryName(Path.GetDirectoryName(Path.GetDirectoryName(messagePath)));
        if (sessionId is null || storage is null)
        {
            return null;
        }

        var key = Path.Combine(storage, sessionId);
        if (!_parents.TryGetValue(key, out var parent) && FindSession(Path.Combine(storage, "session"), sessionId + ".json") is { } session)
        {
            _parents[key] = parent = ReadParent(session);
        }

        return parent;
    }

    private static string? FindSession(string sessions, string name)
    {
        try
        {
            return Directory.EnumerateDirectories(sessions).Select(project => Path.Combine(project, name)).FirstOrDefault(File.Exists);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null; // The session's own facts are missing; the call is known all the same.
        }
    }

    private static string? ReadParent(string path)
    {
        using var json = ClientFile.TryParse(path);
        return json?.RootElement.Text("parentID");
    }
}
