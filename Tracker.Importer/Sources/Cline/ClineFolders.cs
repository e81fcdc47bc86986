namespace Tracker.Importer.Sources.Cline;

/// <summary>Where Cline or one of its relatives keeps its logs.</summary>
internal sealed class ClineFolders(ClientFolders folders, ClineProgram program)
{
    // The folders of Visual Studio Code and of those built from it, below the folder for applications' data.
    private static readonly string[] Editors =
    [
        "Code", "Code - Insiders", "Code - Exploration", "Code - OSS", "VSCodium", "VSCodium - Insiders", "Cursor", "Windsurf", "Windsurf - Next", "Trae", "Kiro", "Positron", "Antigravity",
        // IBM's own, under its earlier name too (IBM's documentation of MCP servers, and public readers of 2026).
        "IBM Bob", "Bob-IDE",
    ];

    // The same on a machine that is worked on from another one, below the home.
    private static readonly string[] Servers =
        [".vscode-server", ".vscode-server-insiders", ".vscode-server-oss", ".vscodium-server", ".cursor-server", ".windsurf-server", ".trae-server", ".vscode-remote", ".antigravity-server",
         ".antigravity-ide-server"];

    // The same installed as Flatpaks, below the home.
    private static readonly string[] Flatpaks = [".var/app/com.visualstudio.code/config/Code", ".var/app/com.vscodium.codium/config/VSCodium"];

    /// <summary>The usual places.</summary>
    public IEnumerable<string> Usual => OwnFolders().Concat(ExtensionFolders()).SelectMany(FoldersIn);

    /// <summary>What a path stands for that a person has put into the settings.</summary>
    public static IReadOnlyList<string> Named(string path) => LogFolders.Named(path, "sessions", "tasks", "data/sessions", "data/tasks");

    /// <summary>The logs in a data folder. Beside them lie copies of people's projects, so the folder itself is no root; a client's variable may name the folders themselves, too.</summary>
    private static IEnumerable<string> FoldersIn(string folder)
    {
        var (sessions, tasks) = (Path.Combine(folder, "sessions"), Path.Combine(folder, "tasks"));
        var existing = new[] { sessions, tasks }.Where(Directory.Exists).ToList();
        return existing.Count > 0 ? existing : Path.GetFileName(folder) is "sessions" or "tasks" ? [folder] : [tasks];
    }

    // The command line programs; the others have none.
    private IEnumerable<string> OwnFolders() =>
        program == ClineProgram.Cline ? [folders.VariableFolder("CLINE_DATA_DIR") ?? Path.Combine(folders.VariableFolder("CLINE_DIR") ?? folders.InHome(".cline"), "data")] : [];

    // There may be fifty such places, most of which no machine has: only those that exist are named, and the usual one.
    private List<string> ExtensionFolders()
    {
        var storages = folders.ApplicationData.SelectMany(data => Editors.Prepend(program.UsualEditor).Distinct().Select(editor => Path.Combine(data, editor, "User", "globalStorage")))
            .Concat(Servers.Select(server => folders.InHome(server, "data", "User", "globalStorage")))
            .Concat(Flatpaks.Select(flatpak => folders.InHome([.. flatpak.Split('/'), "User", "globalStorage"])))
            .Append(Path.Combine(folders.XdgData, "code-server", "User", "globalStorage"));
        var all = storages.SelectMany(storage => program.Extensions.Select(extension => Path.Combine(storage, extension))).ToList();
        return all.FindAll(Directory.Exists) is { Count: > 0 } existing ? existing : all[..1];
    }
}
