namespace Tracker.Importer.Sources.Cline;

/// <summary>Cline, or one of those that began as a copy of it and still write its task files.</summary>
/// <param name="Name">The client's name.</param>
/// <param name="Extensions">The ids of its extensions for Visual Studio Code: the names of their folders.</param>
internal sealed record ClineProgram(string Name, params IReadOnlyList<string> Extensions)
{
    public static ClineProgram Cline { get; } = new("cline", "saoudrizwan.claude-dev", "saoudrizwan.cline-nightly");

    public static ClineProgram RooCode { get; } = new("roo-code", "rooveterinaryinc.roo-cline", "rooveterinaryinc.roo-code-nightly");

    public static ClineProgram KiloCode { get; } = new("kilo-code", "kilocode.kilo-code");

    public static ClineProgram Bob { get; } = new("ibm-bob", "ibm.bob-code") { UsualEditor = "IBM Bob" };

    /// <summary>The editor that is named where the extension is in none.</summary>
    public string UsualEditor { get; private init; } = "Code";
}
