using Tracker.Storage.Hosting;

namespace Tracker.Storage.Connections;

/// <summary>Creates the database's folder and its empty file, readable by their owner only.</summary>
internal static class DatabaseFile
{
    private const UnixFileMode OwnerOnlyFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Only the length is asked for: opening the file would drop the locks that SQLite holds in this process.</summary>
    public static long LengthOf(string path) => new FileInfo(path) is { Exists: true } file ? file.Length : 0;

    /// <summary>
    /// Creates what is missing. SQLite gives -wal and -shm the mode of the database file, so the mode must be right before SQLite sees it.
    /// An existing file is never opened here: closing any handle to it would drop the locks that SQLite holds in this process.
    /// </summary>
    /// <exception cref="StorageException">The folder or file cannot be created.</exception>
    public static void EnsureExists(string path)
    {
        if (File.Exists(path))
        {
            return;
        }

        try
        {
            OwnerOnlyDirectory.Create(Path.GetDirectoryName(path)!);
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = OwnerOnlyFile;
            }

            new FileStream(path, options).Dispose();
        }
        catch (IOException) when (File.Exists(path))
        {
            // The other process was first.
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new StorageException(
                $"Cannot create the database {path}: {exception.Message} Make its folder writable for this user, or set Storage:DatabasePath to another file.",
                exception);
        }
    }
}
