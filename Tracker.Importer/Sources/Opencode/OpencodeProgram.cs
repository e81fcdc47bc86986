namespace Tracker.Importer.Sources.Opencode;

/// <summary>opencode, or one that is built from it and keeps its messages in the same form.</summary>
/// <param name="Name">The client's name.</param>
/// <param name="Folder">Its data folder below <c>$XDG_DATA_HOME</c>, after which the database in it is called.</param>
/// <param name="DatabaseVariable">Its variable that names another database.</param>
internal sealed record OpencodeProgram(string Name, string Folder, string DatabaseVariable)
{
    public static OpencodeProgram Opencode { get; } = new("opencode", "opencode", "OPENCODE_DB");

    /// <summary>Kilo Code's extension since version 7, and its command line since 1.0.</summary>
    public static OpencodeProgram KiloCode { get; } = new("kilo-code", "kilo", "KILO_DB");
}
