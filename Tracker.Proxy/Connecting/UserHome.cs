using Tracker.Storage.Hosting;

namespace Tracker.Proxy.Connecting;

/// <summary>
/// Whose clients are looked for. With another home in <c>Importer:Home</c> it is that home's owner, and then neither this user's variables nor the programs on this user's path say anything
/// of them.
/// </summary>
internal sealed class UserHome
{
    private readonly bool _isOfUser;

    /// <param name="home">The setting <c>Importer:Home</c>.</param>
    public UserHome(string? home) => (Path, _isOfUser) = TrackerPaths.ClientHome(home);

    public string Path { get; }

    /// <summary>A path below it.</summary>
    public string In(params ReadOnlySpan<string> names) => System.IO.Path.Combine([Path, .. names]);

    /// <summary>An environment variable; null when it is not set, or not asked.</summary>
    public string? Variable(string name) => _isOfUser && Environment.GetEnvironmentVariable(name) is { } value && !string.IsNullOrWhiteSpace(value) ? value : null;

    /// <summary>The folder that a variable names, else the home or one below it.</summary>
    public string Folder(string variable, params ReadOnlySpan<string> names) =>
        Variable(variable) is { } value ? System.IO.Path.GetFullPath(TrackerPaths.ExpandHome(value.Trim())) : In(names);

    /// <summary><c>$XDG_CONFIG_HOME</c>, or <c>~/.config</c>.</summary>
    public string XdgConfig => Xdg("XDG_CONFIG_HOME", ".config");

    /// <summary><c>$XDG_DATA_HOME</c>, or <c>~/.local/share</c>.</summary>
    public string XdgData => Xdg("XDG_DATA_HOME", ".local/share");

    /// <summary>Whether a program can be started by its name.</summary>
    public bool HasProgram(string name)
    {
        if (!_isOfUser || Environment.GetEnvironmentVariable("PATH") is not { } path)
        {
            return false;
        }

        string[] endings = OperatingSystem.IsWindows() ? [".exe", ".cmd", ".bat"] : [""];
        return path.Split(System.IO.Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Any(folder => Array.Exists(endings, ending => File.Exists(System.IO.Path.Join(folder, name + ending))));
    }

    /// <summary>A path as people write it.</summary>
    public string Shorten(string path) => path.StartsWith(Path + System.IO.Path.DirectorySeparatorChar, StringComparison.Ordinal) ? "~" + path[Path.Length..] : path;

    private string Xdg(string variable, string underHome) => Variable(variable) is { } value && System.IO.Path.IsPathFullyQualified(value) ? value : In(underHome);
}
