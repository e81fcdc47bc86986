namespace Tracker.Importer.Sources.Codex;

/// <summary>Codex's rollouts: <c>&lt;home&gt;/sessions/**/rollout-*.jsonl</c> and those that were archived. The format and its traps are in this folder's README.md.</summary>
internal sealed class CodexSource(ClientFolders folders) : IUsageSource
{
    public const string Name = "codex";
    private const string Sessions = "sessions";
    private const string Archive = "archived_sessions";

    public string Client => Name;

    public IReadOnlyList<ILogFormat> Formats { get; } = [new CodexRollout()];

    public IReadOnlyList<string> FindRoots() =>
    [
        .. OwnFolders(folders.VariableFolder("CODEX_HOME") ?? folders.InHome(".codex")).Concat(folders.Configured(Client).SelectMany(path => LogFolders.Named(path, Sessions, Archive)))
            .Distinct(StringComparer.Ordinal),
    ];

    private static IEnumerable<string> OwnFolders(string home) => [LogFolders.Within(home, Sessions), Path.Combine(home, Archive)];
}
