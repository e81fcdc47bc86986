using Tracker.Importer.Sources.Pi;

namespace Tracker.Importer.Sources.OpenClaw;

/// <summary>
/// OpenClaw's sessions, also from the time when it was called Clawdbot and Moltbot: <c>&lt;state folder&gt;/agents/&lt;agent&gt;/agent/openclaw-agent.sqlite</c>, and before that
/// <c>…/sessions/&lt;session&gt;.jsonl</c>.
/// </summary>
internal sealed class OpenClawSource(ClientFolders folders) : IUsageSource
{
    public const string Name = "openclaw";
    private const string Agents = "agents";

    // Whose name a folder has tells when it was made; the newest first.
    private static readonly string[] StateFolders = [".openclaw", ".moltbot", ".moldbot", ".clawdbot"];

    public string Client => Name;

    public IReadOnlyList<ILogFormat> Formats { get; } = [new OpenClawDatabaseFormat(), new PiFormat(Name, IsSession)];

    public IReadOnlyList<string> FindRoots() =>
        [.. OwnFolders().Select(folder => LogFolders.Within(folder, Agents)).Concat(folders.Configured(Name).SelectMany(Named)).Distinct(StringComparer.Ordinal)];

    // OPENCLAW_HOME names the folder that a state folder is in.
    private static IReadOnlyList<string> Named(string path) => LogFolders.Named(path, StateFolders.Select(name => $"{name}/{Agents}").Prepend(Agents));

    private IEnumerable<string> OwnFolders()
    {
        // As its own resolveStateDir does (openclaw/openclaw, src/config/paths.ts, 2026), which keeps the older name; but it takes one of the folders, and the others keep their history.
        if ((folders.VariableFolder("OPENCLAW_STATE_DIR") ?? folders.VariableFolder("CLAWDBOT_STATE_DIR")) is { } folder)
        {
            return [folder];
        }

        var home = folders.VariableFolder("OPENCLAW_HOME") ?? folders.Home;
        return StateFolders.Select(name => Path.Combine(home, name));
    }

    /// <summary>
    /// A session, also one that was put away (<c>….jsonl.reset.&lt;time&gt;</c>, <c>….jsonl.deleted.&lt;time&gt;</c>; compressed, <c>….jsonl.zst</c>). Not the trajectory beside it, which
    /// repeats its calls.
    /// </summary>
    private static bool IsSession(ReadOnlySpan<char> relativePath)
    {
        var name = relativePath[(relativePath.LastIndexOf('/') + 1)..];
        var end = name.IndexOf(".jsonl", StringComparison.OrdinalIgnoreCase);
        if (end < 0 || name[..end].EndsWith(".trajectory", StringComparison.OrdinalIgnoreCase)
            || !(LogFolders.IsDirectlyIn(relativePath) || IsOfAgent(relativePath)))
        {
            return false;
        }

        var rest = name[(end + ".jsonl".Length)..];
        return rest.IsEmpty || rest.Equals(".zst", StringComparison.OrdinalIgnoreCase) || rest.StartsWith(".reset.", StringComparison.OrdinalIgnoreCase) || rest.StartsWith(".deleted.", StringComparison.OrdinalIgnoreCase);
    }

    // <agent>/sessions/…: in the folder of the agents, or in one that a person has named. In a home, others have folders of that name too (.codex, .pi/agent).
    private static bool IsOfAgent(ReadOnlySpan<char> relativePath)
    {
        if (relativePath.StartsWith("sessions/", StringComparison.Ordinal))
        {
            return true;
        }

        var end = relativePath.IndexOf("/sessions/", StringComparison.Ordinal);
        if (end < 0)
        {
            return false;
        }

        var agent = relativePath[..end];
        var start = agent.LastIndexOf('/');
        return start < 0 ? !agent.StartsWith(".", StringComparison.Ordinal) : agent[..start].SequenceEqual(Agents) || agent[..start].EndsWith("/" + Agents, StringComparison.Ordinal);
    }
}
