namespace Tracker.Importer.Sources.QwenCode;

/// <summary>Qwen Code's chats: <c>~/.qwen/projects/&lt;project&gt;/chats/*.jsonl</c>. The format and its traps are in this folder's README.md.</summary>
internal sealed class QwenCodeSource(ClientFolders folders) : IUsageSource
{
    public const string Name = "qwen-code";

    public string Client => Name;

    public IReadOnlyList<ILogFormat> Formats { get; } = [new QwenChatLog()];

    public IReadOnlyList<string> FindRoots() =>
    [
        .. folders.Configured(Client).SelectMany(path => LogFolders.Named(path, "projects"))
            .Prepend(LogFolders.Within(folders.VariableFolder("QWEN_RUNTIME_DIR") ?? folders.VariableFolder("QWEN_HOME") ?? folders.InHome(".qwen"), "projects")).Distinct(StringComparer.Ordinal),
    ];
}
