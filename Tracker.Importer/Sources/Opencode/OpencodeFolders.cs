namespace Tracker.Importer.Sources.Opencode;

/// <summary>Where a program built from opencode keeps its logs.</summary>
internal sealed class OpencodeFolders(ClientFolders folders, OpencodeProgram program)
{
    /// <summary>The usual place, and the database that the program's own variable names.</summary>
    public IEnumerable<string> Usual
    {
        get
        {
            var data = Path.Combine(folders.XdgData, program.Folder);
            return FilesIn(data).Concat(NamedDatabase(data));
        }
    }

    /// <summary>What a path stands for that a person has put into the settings: a data folder, the one that it is in (<c>$XDG_DATA_HOME</c>), a database, or a folder with either.</summary>
    public IReadOnlyList<string> Named(string path) =>
        FilesIn(path).Concat(FilesIn(Path.Combine(path, program.Folder))).Where(Path.Exists).Distinct(StringComparer.Ordinal).ToList() is { Count: > 0 } files ? files : [path];

    /// <summary>
    /// The logs in a data folder: its databases (one for each release channel) and its old messages. The data folder itself is no root: below it are the snapshots of people's
    /// projects, with more files than all logs together.
    /// </summary>
    private IEnumerable<string> FilesIn(string folder) =>
        DatabasesIn(folder).Append(Path.Combine(folder, $"{program.Folder}.db")).Append(Path.Combine(folder, "storage", "message"));

    private List<string> DatabasesIn(string folder)
    {
        try
        {
            return Directory.Exists(folder) ? Directory.EnumerateFiles(folder, $"{program.Folder}*.db").Order(StringComparer.Ordinal).ToList() : [];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return []; // The database itself is a root, and says why it cannot be read.
        }
    }

    // A relative name is one in the data folder; ":memory:" leaves nothing to read.
    private IEnumerable<string> NamedDatabase(string data) =>
        folders.Variable(program.DatabaseVariable) is { } name && name != ":memory:" ? [Path.GetFullPath(name, data)] : [];
}
