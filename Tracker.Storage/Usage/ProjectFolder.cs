namespace Tracker.Storage.Usage;

/// <summary>The folder that a call was made in, by which calls are counted together.</summary>
internal static class ProjectFolder
{
    /// <summary>
    /// The folder with its drive in capitals, which Windows does not tell apart. Claude Code writes both, <c>c:\</c> from VS Code and <c>C:\</c> from a terminal, and within one session
    /// (anthropics/claude-code#75855, seen 2026-11). By the text alone: logs come from other machines, too.
    /// </summary>
    public static string? Of(string? folder) =>
        folder is [>= 'a' and <= 'z', ':', '\\' or '/', ..] ? string.Concat([char.ToUpperInvariant(folder[0])], folder.AsSpan(1)) : folder;
}
