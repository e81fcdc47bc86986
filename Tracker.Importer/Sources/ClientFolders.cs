using Microsoft.Extensions.Configuration;
using Tracker.Storage.Hosting;

namespace Tracker.Importer.Sources;

/// <summary>
/// Where clients keep their files on this machine. With another home in <c>Importer:Home</c> that is looked at instead of the user's; it may be a copied folder or that of another
/// system (WSL), and the clients' own variables, which speak of this user's, are not asked.
/// </summary>
internal sealed class ClientFolders
{
    private readonly IConfiguration _configuration;
    private readonly bool _isOfUser;

    /// <param name="home">The setting <c>Importer:Home</c>.</param>
    /// <param name="configuration">All settings.</param>
    public ClientFolders(string? home, IConfiguration configuration)
    {
        (Home, _isOfUser) = TrackerPaths.ClientHome(home);
        _configuration = configuration;
    }

    /// <summary>The home directory.</summary>
    public string Home { get; }

    /// <summary><c>$XDG_CONFIG_HOME</c>, or <c>~/.config</c>.</summary>
    public string XdgConfig => Xdg("XDG_CONFIG_HOME", ".config");

    /// <summary><c>$XDG_DATA_HOME</c>, or <c>~/.local/share</c>.</summary>
    public string XdgData => Xdg("XDG_DATA_HOME", ".local/share");

    /// <summary>
    /// Where desktop programs keep their data: <c>%APPDATA%</c>, <c>~/Library/Application Support</c> or <c>$XDG_CONFIG_HOME</c>; with <c>Importer:Home</c>, whose system is not known,
    /// those of the three that exist there.
    /// </summary>
    public IReadOnlyList<string> ApplicationData
    {
        get
        {
            if (_isOfUser)
            {
                return [Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData, Environment.SpecialFolderOption.DoNotVerify)];
            }

            var folders = new[] { InHome(".config"), InHome("Library", "Application Support"), InHome("AppData", "Roaming") };
            return folders.Where(Directory.Exists).DefaultIfEmpty(folders[0]).ToList();
        }
    }

    /// <summary>A path below the home.</summary>
    public string InHome(params ReadOnlySpan<string> names) => Path.Combine([Home, .. names]);

    /// <summary>A client's own environment variable; null when it is not set, or not asked.</summary>
    public string? Variable(string name) => _isOfUser && Environment.GetEnvironmentVariable(name) is { } value && !string.IsNullOrWhiteSpace(value) ? value : null;

    /// <summary>A client's own environment variable that names a folder, as an absolute path.</summary>
    public string? VariableFolder(string name) => Variable(name) is { } value ? Path.TrimEndingDirectorySeparator(Path.GetFullPath(TrackerPaths.ExpandHome(value.Trim()))) : null;

    /// <summary>The further folders that the settings name for a client: <c>Importer:Roots:&lt;client&gt;</c>, a list or a single value.</summary>
    /// <exception cref="SettingsException">One holds a control character.</exception>
    public IEnumerable<string> Configured(string client)
    {
        var key = $"{ImporterOptions.SectionName}:Roots:{client}";
        var section = _configuration.GetSection(key);
        return section.GetChildren().Select(child => child.Value).Append(section.Value)
            .Where(folder => !string.IsNullOrWhiteSpace(folder))
            .Select(folder => Path.TrimEndingDirectorySeparator(Path.GetFullPath(TrackerPaths.FromSetting(key, folder!), TrackerPaths.Home())));
    }

    private string Xdg(string variable, string underHome) => Variable(variable) is { } value && Path.IsPathFullyQualified(value) ? value : InHome(underHome);
}
