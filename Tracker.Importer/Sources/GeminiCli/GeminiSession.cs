using System.Text;
using Tracker.Storage.Usage;

namespace Tracker.Importer.Sources.GeminiCli;

/// <summary>Whose calls a file's messages are.</summary>
/// <param name="SessionId">The session's id; for a sub-agent that of the session it works for.</param>
/// <param name="AgentId">The sub-agent's id.</param>
/// <param name="Project">The working directory.</param>
internal sealed record GeminiSession(string? SessionId, string? AgentId, string? Project)
{
    private const string Chats = "chats";

    /// <summary>What the place of a file tells: <c>&lt;project&gt;/chats/[&lt;session&gt;/]&lt;name&gt;</c>.</summary>
    public static GeminiSession Of(LogFile file)
    {
        var folder = Path.GetDirectoryName(file.Path);
        // A copy of the folder may have another name.
        if (Path.GetFileName(folder) == Chats || IsNameOfSession(Path.GetFileName(file.Path)))
        {
            return new GeminiSession(null, null, ProjectIn(Path.GetDirectoryName(folder)));
        }

        return new GeminiSession(Path.GetFileName(folder), Path.GetFileNameWithoutExtension(file.Path), ProjectIn(Path.GetDirectoryName(Path.GetDirectoryName(folder))));
    }

    /// <summary>Whether a file's name is that of a session, and not of a sub-agent.</summary>
    public static bool IsNameOfSession(ReadOnlySpan<char> name) => name.StartsWith("session-", StringComparison.Ordinal);

    /// <summary>What a header adds.</summary>
    public GeminiSession With(string? sessionId, string? project) => this with
    {
        SessionId = AgentId is null ? sessionId ?? SessionId : SessionId,
        AgentId = AgentId is null ? null : sessionId ?? AgentId,
        Project = project ?? Project,
    };

    /// <returns>Null for a message that is no answer of a model, or repeats one without its counts.</returns>
    /// <exception cref="FormatException">The answer has no time or no id.</exception>
    public UsageRecord? Read(GeminiMessage message, IReadOnlyList<ToolCall> toolCalls)
    {
        if (message is not { Type: "gemini", Tokens: { } tokens } || (tokens.Input ?? 0) + (tokens.Output ?? 0) + (tokens.Thoughts ?? 0) == 0)
        {
            return null;
        }

        return new UsageRecord
        {
            Key = UsageKey.OfTranscript(GeminiCliSource.Name, message.Id ?? throw new FormatException("has no id")),
            Evidence = Evidence.Transcript,
            Quality = CountQuality.Exact,
            Outcome = CallOutcome.Completed,
            OccurredAt = LogTime.Parse(message.Timestamp),
            Provider = ModelOwners.ProviderOf(message.Model),
            Client = GeminiCliSource.Name,
            RequestModel = message.Model,
            InputTokens = tokens.Input is { } input ? Math.Max(0, input - (tokens.Cached ?? 0)) + (tokens.Tool ?? 0) : null,
            CacheReadTokens = tokens.Cached,
            OutputTokens = tokens.Output is null && tokens.Thoughts is null ? null : (tokens.Output ?? 0) + (tokens.Thoughts ?? 0),
            ReasoningTokens = tokens.Thoughts,
            SessionId = SessionId,
            AgentId = AgentId,
            Project = Project,
            ToolCalls = toolCalls,
        };
    }

    // The folder's name is short for the project, and a file in it has the whole.
    private static string? ProjectIn(string? folder)
    {
        // Versions before 0.2x have none.
        return folder is not null && ClientFile.TryReadAll(Path.Combine(folder, ".project_root")) is { Length: < 4096 } root && Encoding.UTF8.GetString(root).Trim('\uFEFF', ' ', '\r', '\n', '\t') is { Length: > 0 } project
            ? project
            : null;
    }
}
