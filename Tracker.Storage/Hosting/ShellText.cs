namespace Tracker.Storage.Hosting;

/// <summary>
/// Words of a command that people are told to run, as the shell they paste it into takes them: a path may have blanks, and a name from the network anything.
/// PowerShell on Windows, elsewhere a POSIX shell.
/// </summary>
public static class ShellText
{
    /// <summary>One word, in quotes where it needs them.</summary>
    public static string Of(string value) => Of(value, OperatingSystem.IsWindows());

    /// <summary>All files whose path begins so: <paramref name="pattern"/> goes after it, for the shell to expand.</summary>
    public static string Of(string beginning, string pattern) => OperatingSystem.IsWindows() ? Of(beginning + pattern) : Of(beginning) + pattern;

    internal static string Of(string value, bool isPowerShell)
    {
        ArgumentNullException.ThrowIfNull(value);
        return value.Length > 0 && value.All(character => char.IsAsciiLetterOrDigit(character) || (isPowerShell ? "_./:-\\" : "_./:-@%+=,").Contains(character, StringComparison.Ordinal)) ? value
            : isPowerShell ? $"'{string.Concat(value.Select(character => IsPowerShellQuote(character) ? $"{character}{character}" : $"{character}"))}'"
            : $"'{value.Replace("'", "'\\''", StringComparison.Ordinal)}'";
    }

    // It takes typographic ones for the same: ‘ ’ ‚ ‛ (about_Quoting_Rules, seen 2026-11).
    private static bool IsPowerShellQuote(char character) => character is '\'' or (>= '\u2018' and <= '\u201B');
}
