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

    // Of what does not exist the attributes are -1, without an exception: most clients' folders do not.
    private static bool MayBeAsked(string path)
    {
        try
        {
            _ = new FileInfo(path).Attributes;
            return true;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
        catch (IOException)
        {
            return true; // No more can be said.
        }
    }
}
