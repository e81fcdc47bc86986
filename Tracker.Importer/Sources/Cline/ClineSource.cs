namespace Tracker.Importer.Sources.Cline;

/// <summary>The sessions and tasks of Cline and its relatives. The formats and their traps are in this folder's README.md.</summary>
internal sealed class ClineSource(ClientFolders folders, ClineProgram program) : IUsageSource
{
    private readonly ClineFolders _places = new(folders, program);

    public string Client => program.Name;

    // Of the others the format is known from their source code alone.
    public bool IsExperimental => program != ClineProgram.Cline;

    // Sessions are of Cline 3, which its relatives have no counterpart of.
    public IReadOnlyList<ILogFormat> Formats { get; } = program == ClineProgram.Cline ? [new ClineSessionFormat(), new ClineTaskFormat(program)] : [new ClineTaskFormat(program)];

    public IReadOnlyList<string> FindRoots() =>
        [.. _places.Usual.Concat(folders.Configured(Client).SelectMany(ClineFolders.Named)).Distinct(StringComparer.Ordinal)];
}
