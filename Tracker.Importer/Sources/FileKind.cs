using Tracker.Storage.Hosting;

namespace Tracker.Importer.Sources;

/// <summary>
/// Tells files from what only has a name like one: opening a named pipe waits until somebody writes to it, and .NET neither tells of what kind an entry is
/// nor opens without waiting (.NET 10).
/// </summary>
internal static class FileKind
{
    // sys/stat.h, the same on all systems that have them. Windows has its pipes elsewhere.
    private const int KindMask = 0xF000;
    private const int Pipe = 0x1000;
    private const int CharacterDevice = 0x2000;
    private const int BlockDevice = 0x6000;
    private const int Socket = 0xC000;

    /// <summary>Requires that a path is that of a file, or of a link to one; what cannot be asked passes.</summary>
    /// <exception cref="FormatException">It is a pipe, a socket or a device.</exception>
    public static void RequireFile(string path)
    {
        var kind = (FileStatus.Of(path)?.Mode & KindMask) switch
        {
            Pipe => "a named pipe",
            CharacterDevice or BlockDevice => "a device",
            Socket => "a socket",
            _ => null,
        };
        if (kind is not null)
        {
            throw new FormatException($"is {kind}, no file");
        }
    }
}
