using Tracker.Importer.Sources.Cline;
using Tracker.Importer.Sources.Opencode;

namespace Tracker.Importer.Sources.KiloCode;

/// <summary>Kilo Code, which began as a copy of Cline's relative Roo Code and is built from opencode since: the tasks of the one, the database of the other.</summary>
internal sealed class KiloCodeSource(ClientFolders folders) : IUsageSource
{
    private readonly ClineFolders _tasks = new(folders, ClineProgram.KiloCode);
    private readonly OpencodeFolders _messages = new(folders, OpencodeProgram.KiloCode);

    public string Client => OpencodeProgram.KiloCode.Name;

    public bool IsExperimental => true;

    public IReadOnlyList<ILogFormat> Formats { get; } =
        [new ClineTaskFormat(ClineProgram.KiloCode), new OpencodeDatabaseFormat(OpencodeProgram.KiloCode, folders), new OpencodeFileFormat(OpencodeProgram.KiloCode)];

    public IReadOnlyList<string> FindRoots() =>
        [.. _tasks.Usual.Concat(_messages.Usual).Concat(folders.Configured(Client).SelectMany(LogsIn)).Distinct(StringComparer.Ordinal)];

    // A folder that a person names is that of the one, of the other, or a copy of both.
    private IEnumerable<string> LogsIn(string path) =>
        _messages.Named(path).Concat(ClineFolders.Named(path)).Distinct(StringComparer.Ordinal).ToList() is var logs && logs.Count > 1 ? logs.Where(log => log != path) : [path];
}
