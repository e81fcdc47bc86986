namespace Tracker.Importer.Sources.KimiCode;

/// <summary>Kimi Code's sessions, and those of the Kimi CLI in Python that it has replaced. The formats and their traps are in this folder's README.md.</summary>
internal sealed class KimiCodeSource(ClientFolders folders) : IUsageSource
{
    public const string Name = "kimi-code";

    public string Client => Name;

    public IReadOnlyList<ILogFormat> Formats { get; } = [new KimiWireLog()];

    public IReadOnlyList<string> FindRoots() =>
    [
        .. new[] { folders.VariableFolder("KIMI_CODE_HOME") ?? folders.InHome(".kimi-code"), folders.VariableFolder("KIMI_SHARE_DIR") ?? folders.InHome(".kimi") }
            .Select(folder => LogFolders.Within(folder, "sessions")).Concat(folders.Configured(Name).SelectMany(path => LogFolders.Named(path, "sessions"))).Distinct(StringComparer.Ordinal),
    ];
}
