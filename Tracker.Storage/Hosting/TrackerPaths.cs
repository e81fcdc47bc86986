using Tracker.Storage.Connections;

namespace Tracker.Storage.Hosting;

/// <summary>Where this user's data and settings are, by the habits of the operating system. Nothing depends on the current directory.</summary>
public static class TrackerPaths
{
    private const string SettingsFile = "appsettings.json";
    private const string DatabaseKey = "Storage:DatabasePath";
    private const int MostLinks = 40; // As Linux follows.

    /// <summary>The database that the settings name, as an absolute path. A relative one is in the data directory: the same for both programs, and no folder that an upgrade removes.</summary>
    /// <exception cref="SettingsException">It begins with a variable, which no shell has seen, holds a control character, or names a folder.</exception>
    public static string DatabasePath(StorageOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.DatabasePath is ['$' or '%', ..])
        {
            throw new SettingsException($"{DatabaseKey} is '{options.DatabasePath}': variables are not replaced here. Write the whole path, or begin with ~/ for the home directory.");
        }

        var path = WithoutLink(Path.GetFullPath(string.IsNullOrWhiteSpace(options.DatabasePath) ? "tracker.db" : FromSetting(DatabaseKey, options.DatabasePath), DataDirectory()));
        RequirePrintable($"{DatabaseKey} leads to", path); // A link may lead anywhere.
        return Path.GetFileName(path).Length > 0 ? path : throw IsFolder(path);
    }

    /// <summary>The same at the start of a program, when what is there now is not a fault of the disk.</summary>
    /// <exception cref="SettingsException">As of <see cref="DatabasePath"/>, or there is a folder of that name.</exception>
    public static string DatabasePathAtStart(StorageOptions options) => DatabasePath(options) is var path && Directory.Exists(path) ? throw IsFolder(path) : path;

    /// <summary>The settings file of this user, else the machine's if that alone exists. It need not exist.</summary>
    public static string SettingsPath()
    {
        var user = UserSettingsPath();
        var machine = MachineSettingsPath();
        return !File.Exists(user) && File.Exists(machine) ? machine : user;
    }

    /// <summary>The settings file of all users who have none, and of the Windows service. It need not exist.</summary>
    public static string MachineSettingsPath() => Path.Combine(MachineSettingsDirectory(), SettingsFile);

    /// <summary>The settings file of this user alone. It need not exist.</summary>
    public static string UserSettingsPath() => Path.Combine(UserSettingsDirectory(), SettingsFile);

    /// <summary>Where it is remembered which clients were pointed at the proxy: always the user's own, because their settings are.</summary>
    public static string ConnectionsPath() => Path.Combine(UserSettingsDirectory(), "connections.json");

    /// <summary>The user's home directory.</summary>
    /// <exception cref="SettingsException">HOME is a relative path, which would lead somewhere else from every folder.</exception>
    public static string Home() => Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify) is var home
        && (home.Length == 0 || Path.IsPathFullyQualified(home)) ? home : throw new SettingsException($"HOME is '{home}': it must be a whole path.");

    /// <summary>The home in which clients' folders are looked for: the setting <c>Importer:Home</c>, or the user's.</summary>
    /// <returns>Also whether it is the user's own: of another, this user's variables and programs say nothing.</returns>
    /// <exception cref="SettingsException">It holds a control character.</exception>
    public static (string Path, bool IsOfUser) ClientHome(string? setting)
    {
        var user = Path.TrimEndingDirectorySeparator(Home());
        var home = string.IsNullOrWhiteSpace(setting) ? user : Path.TrimEndingDirectorySeparator(Path.GetFullPath(FromSetting("Importer:Home", setting), user));
        return (home, home == user);
    }

    /// <summary>A path as a setting names it, with the home directory for a leading <c>~/</c>.</summary>
    /// <exception cref="SettingsException">It holds a control character.</exception>
    public static string FromSetting(string key, string path)
    {
        RequirePrintable($"{key} is", path);
        return ExpandHome(path);
    }

    /// <summary>Replaces a leading <c>~/</c>, which people write into settings files and no shell sees.</summary>
    public static string ExpandHome(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return path == "~" || path.StartsWith("~/", StringComparison.Ordinal) || path.StartsWith("~\\", StringComparison.Ordinal)
            ? Path.Join(Home(), path[1..])
            : path;
    }

    /// <summary>A base directory of the XDG specification, by which a relative path in the variable is invalid and ignored.</summary>
    public static string XdgDirectory(string variable, string underHome) =>
        Environment.GetEnvironmentVariable(variable) is { } value && Path.IsPathFullyQualified(value) ? value : Path.Combine(Home(), underHome);

    /// <summary>Where a path that is a link leads in the end; another stays as it is written. SQLite puts its log beside that file, so everything else must lie there too.</summary>
    public static string WithoutLink(string path) => LinkTarget(path) is null ? path : WithoutLinks(path);

    /// <summary>
    /// A whole path without the links that it is and that are in it. .NET's own (<see cref="File.ResolveLinkTarget"/>) begins a relative target in the folder as it is written; the system begins in
    /// the folder that this is in truth, which is another where it is a link itself.
    /// </summary>
    /// <returns>The path as it is when its links lead in circles: opening it says what is wrong.</returns>
    public static string WithoutLinks(string path)
    {
        path = Path.GetFullPath(path);
        var here = Path.GetPathRoot(path)!;
        var left = new Stack<string>();
        Add(path[here.Length..]);
        for (var links = 0; left.TryPop(out var name);)
        {
            if (name == "..")
            {
                here = Path.GetDirectoryName(here) ?? here;
                continue;
            }

            var next = Path.Join(here, name);
            if (LinkTarget(next) is not { } target)
            {
                here = next;
                continue;
            }

            if (++links > MostLinks)
            {
                return path;
            }

            if (Path.IsPathRooted(target))
            {
                here = Path.GetPathRoot(Path.GetFullPath(target, here))!; // Windows knows a root without a drive.
                target = target[Path.GetPathRoot(target)!.Length..];
            }

            Add(target);
        }

        return here;

        void Add(string names)
        {
            foreach (var name in names.Split([Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries).Where(name => name != ".").Reverse())
            {
                left.Push(name);
            }
        }
    }

    private static string? LinkTarget(string path)
    {
        try
        {
            // A volume that Windows shows in a folder is no link, though it is told as one.
            return new FileInfo(path).LinkTarget is { } target && !(OperatingSystem.IsWindows() && target.StartsWith("Volume{", StringComparison.OrdinalIgnoreCase)) ? target : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null; // Opening it says what is wrong.
        }
    }

    // Paths go into units, scripts and messages, of which each line means something.
    private static void RequirePrintable(string whose, string path)
    {
        if (path.Any(char.IsControl))
        {
            throw new SettingsException($"{whose} '{TerminalText.OfValue(path)}': a path with a line break or another control character is not taken. Give another one.");
        }
    }

    private static string DataDirectory()
    {
        if (OperatingSystem.IsWindows())
        {
            return Path.Combine(Folder(Environment.SpecialFolder.LocalApplicationData), "Tracker");
        }

        return OperatingSystem.IsMacOS()
            ? Path.Combine(Home(), "Library", "Application Support", "Tracker")
            : Path.Combine(XdgDirectory("XDG_DATA_HOME", ".local/share"), "tracker");
    }

    private static SettingsException IsFolder(string path) => new($"{DatabaseKey} leads to '{path}': that is a folder. Name a file in it, such as {Path.Combine(path, "tracker.db")}.");

    private static string UserSettingsDirectory()
    {
        if (OperatingSystem.IsWindows())
        {
            return Path.Combine(Folder(Environment.SpecialFolder.ApplicationData), "Tracker");
        }

        return OperatingSystem.IsMacOS()
            ? Path.Combine(Home(), "Library", "Application Support", "Tracker")
            : Path.Combine(XdgDirectory("XDG_CONFIG_HOME", ".config"), "tracker");
    }

    private static string MachineSettingsDirectory() => OperatingSystem.IsWindows()
        ? Path.Combine(Folder(Environment.SpecialFolder.CommonApplicationData), "Tracker")
        : "/etc/tracker";

    private static string Folder(Environment.SpecialFolder folder) => Environment.GetFolderPath(folder, Environment.SpecialFolderOption.DoNotVerify);
}
