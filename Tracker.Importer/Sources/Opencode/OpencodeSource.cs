namespace Tracker.Importer.Sources.Opencode;

/// <summary>opencode's database and its older files. The formats and their traps are in this folder's README.md.</summary>
internal sealed class OpencodeSource(ClientFolders folders) : IUsageSource
{
    private readonly OpencodeFolders _places = new(folders, OpencodeProgram.Opencode);

    public string Client => OpencodeProgram.Opencode.Name;

    public IReadOnlyList<ILogFormat> Formats { get; } = [new OpencodeDatabaseFormat(OpencodeProgram.Opencode, folders), new OpencodeFileFormat(OpencodeProgram.Opencode)];

    public IReadOnlyList<string> FindRoots() =>
        [.. _places.Usual.Concat(folders.Configured(Client).SelectMany(_places.Named)).Distinct(StringComparer.Ordinal)];
}
