namespace Tracker.Importer.Sources.GeminiCli;

/// <summary>Gemini CLI's sessions: <c>~/.gemini/tmp/&lt;project&gt;/chats/</c>. The formats and their traps are in this folder's README.md.</summary>
internal sealed class GeminiCliSource(ClientFolders folders) : IUsageSource
{
    public const string Name = "gemini-cli";

    public string Client => Name;

    public IReadOnlyList<ILogFormat> Formats { get; } = [new GeminiSessionLog(), new GeminiSessionDocument()];

    public IReadOnlyList<string> FindRoots() =>
    [
        .. folders.Configured(Client).SelectMany(path => LogFolders.Named(path, ".gemini/tmp", "tmp"))
            .Prepend(Path.Combine(folders.VariableFolder("GEMINI_CLI_HOME") ?? folders.Home, ".gemini", "tmp")).Distinct(StringComparer.Ordinal),
    ];
}
