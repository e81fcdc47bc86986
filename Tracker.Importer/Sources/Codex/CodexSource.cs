namespace Tracker.Importer.Sources.Codex;

/// <summary>Codex's rollouts: <c>&lt;home&gt;/sessions/**/rollout-*.jsonl</c> and those that were archived. The format and its traps are in this folder's README.md.</summary>
internal sealed class CodexSource(ClientFolders folders) : IUsageSource
{
    public const string Name = "codex";

    public string Client => Name;

    public IReadOnlyList<ILogFormat> Formats { get; } = [new CodexRollout()];

    public IReadOnlyList<string> FindRoots() =>
    [
        .. folders.Configured(Client).Prepend(folders.VariableFolder("CODEX_HOME") ?? folders.InHome(".codex"))
            .SelectMany(folder => (string[])[LogFolders.Within(folder, "sessions"), Path.Combine(folder, "archived_sessions")])
            .Distinct(StringComparer.Ordinal),
    ];
}
