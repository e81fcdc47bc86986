namespace Tracker.Importer.Sources;

/// <summary>Steps from a client's folder to the ones with the logs.</summary>
internal static class LogFolders
{
    /// <summary>The folder with the logs within a client's folder. The client's variable may name either.</summary>
    public static string Within(string folder, string name)
    {
        var logs = Path.Combine(folder, name);
        return Path.GetFileName(folder) == name && !Directory.Exists(logs) ? folder : logs;
    }

    /// <summary>
    /// What a path stands for that a person has put into the settings: a client's folder, or the one with the logs in it, whatever its name is now, or a single log. What does not
    /// exist stands for itself, and is told.
    /// </summary>
    /// <param name="path">The path.</param>
    /// <param name="names">The folders with the logs within a client's folder, with <c>/</c>.</param>
    public static IReadOnlyList<string> Named(string path, params IEnumerable<string> names)
    {
        var within = names.Select(name => Path.Combine([path, .. name.Split('/')])).Where(Directory.Exists).ToList();
        return within.Count > 0 ? within : [path];
    }

    /// <summary>Whether one of the folders that a file lies in has this name, and not only its end: a project's folder may be called <c>my-chats</c>.</summary>
    /// <param name="relativePath">As in <see cref="ILogFormat.Claims"/>.</param>
    /// <param name="folder">Its name.</param>
    public static bool IsBelow(ReadOnlySpan<char> relativePath, ReadOnlySpan<char> folder)
    {
        while (relativePath.IndexOf('/') is var end and >= 0)
        {
            if (relativePath[..end].SequenceEqual(folder))
            {
                return true;
            }

            relativePath = relativePath[(end + 1)..];
        }

        return false;
    }

    /// <summary>
    /// Whether a file lies directly in the root or is the root. A person may have named the folder with the logs, or a single log; then what else tells a log from other files, the
    /// folders' names, is not below the root.
    /// </summary>
    /// <param name="relativePath">As in <see cref="ILogFormat.Claims"/>.</param>
    public static bool IsDirectlyIn(ReadOnlySpan<char> relativePath) => !relativePath.Contains('/');
}
