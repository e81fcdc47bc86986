namespace Tracker.Importer.Sources.Opencode;

/// <summary>opencode's database and its older files. The formats and their traps are in this folder's README.md.</summary>
internal sealed class OpencodeSource(ClientFolders folders) : IUsageSource
{
    public const string Name = "opencode";

    public string Client => Name;

    public IReadOnlyList<ILogFormat> Formats { get; } = [new OpencodeDatabaseFormat(), new OpencodeFileFormat()];

    // The data folder itself is no root: below it are the snapshots of people's projects, with more files than all logs together.
    public IReadOnlyList<string> FindRoots()
    {
        var data = Path.Combine(folders.XdgData, "opencode");
        return [.. FilesIn(data).Concat(NamedDatabase(data)).Concat(folders.Configured(Client).SelectMany(FilesIn)).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>The logs in a data folder: its databases (one for each release channel) and its old messages. A file stands for itself.</summary>
    private static IEnumerable<string> FilesIn(string folder)
    {
        if (File.Exists(folder))
        {
            return [folder];
        }

        var database = Path.Combine(folder, "opencode.db");
        return DatabasesIn(folder).Append(database).Append(Path.Combine(folder, "storage", "message"));
    }

    private static List<string> DatabasesIn(string folder)
    {
        try
        {
            return Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "opencode*.db").Order(StringComparer.Ordinal).ToList() : [];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return []; // The database itself is a root, and says why it cannot be read.
        }
    }

    // A relative name is one in the data folder; ":memory:" leaves nothing to read.
    private IEnumerable<string> NamedDatabase(string data) =>
        folders.Variable("OPENCODE_DB") is { } name && name != ":memory:" ? [Path.GetFullPath(name, data)] : [];
}
