namespace Tracker.Importer.Sources.CopilotCli;

/// <summary>Copilot CLI's sessions: <c>~/.copilot/session-state/&lt;session&gt;/events.jsonl</c>. The format and its traps are in this folder's README.md.</summary>
internal sealed class CopilotCliSource(ClientFolders folders) : IUsageSource
{
    public const string Name = "copilot-cli";

    public string Client => Name;

    public IReadOnlyList<ILogFormat> Formats { get; } = [new CopilotEvents()];

    public IReadOnlyList<string> FindRoots() =>
    [
        .. folders.Configured(Client).SelectMany(path => LogFolders.Named(path, "session-state"))
            .Prepend(LogFolders.Within(folders.VariableFolder("COPILOT_HOME") ?? folders.InHome(".copilot"), "session-state")).Distinct(StringComparer.Ordinal),
    ];
}
