using Tracker.Storage.Connections;
using Tracker.Storage.Hosting;

namespace Tracker.Importer.Care;

/// <summary>Writes a file that only its owner can read, and that has its name only when it is whole.</summary>
internal static class OwnFile
{
    private const int BufferBytes = 64 * 1024;

    /// <exception cref="StorageException">It could not be written; a file of that name is as it was.</exception>
    public static void Write(string path, bool overwrite, Action<Stream> write)
    {
        var unfinished = UnfinishedFile.PathOf(path);
        using var signals = new UnfinishedFile(path);
        try
        {
            File.Delete(unfinished);
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = BufferBytes };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            using (var stream = new FileStream(unfinished, options))
            {
                write(stream);
            }

            File.Move(unfinished, path, overwrite);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            UnfinishedFile.Discard(path);
            throw new StorageException($"{path} could not be written: {exception.Message}", exception);
        }
        catch
        {
            UnfinishedFile.Discard(path);
            throw;
        }
    }
}
