namespace Tracker.Importer.Importing;

/// <summary>Finds the folder on the way to a path that this user may not enter.</summary>
internal static class ClosedFolder
{
    /// <param name="path">What does not seem to exist.</param>
    /// <returns>The folder; null when the path does not exist indeed.</returns>
    public static string? On(string path)
    {
        if (MayBeAsked(path))
        {
            return null;
        }

        var folder = Path.GetDirectoryName(path);
        while (folder is not null && !MayBeAsked(folder))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder;
    }

    private static bool MayBeAsked(string path)
    {
        try
        {
            File.GetAttributes(path);
            return true;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
        catch (IOException)
        {
            return true; // It does not exist, or no more can be said.
        }
    }
}
