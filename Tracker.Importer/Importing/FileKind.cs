using System.Runtime.InteropServices;

namespace Tracker.Importer.Importing;

/// <summary>
/// Tells files from what only has a name like one: opening a named pipe waits until somebody writes to it, and .NET neither tells of what kind an entry is
/// nor opens without waiting (.NET 10).
/// </summary>
internal static partial class FileKind
{
    private const string Library = "libc";

    // sys/stat.h, the same on all systems that have them.
    private const int KindMask = 0xF000;
    private const int Pipe = 0x1000;
    private const int CharacterDevice = 0x2000;
    private const int BlockDevice = 0x6000;
    private const int Socket = 0xC000;

    /// <summary>Requires that a path is that of a file, or of a link to one; what cannot be asked passes.</summary>
    /// <exception cref="FormatException">It is a pipe, a socket or a device.</exception>
    public static void RequireFile(string path)
    {
        var kind = (ModeOf(path) & KindMask) switch
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

    /// <returns>The mode of what is there, behind all links; 0 when that cannot be told.</returns>
    private static int ModeOf(string path)
    {
        var status = (stackalloc byte[256]);
        if (OperatingSystem.IsLinux())
        {
            // struct statx of linux/stat.h: the same on every processor, which that of stat() is not.
            const int currentDirectory = -100;
            const uint typeAndMode = 1;
            const int modeAt = 28;
            return StatX(currentDirectory, path, 0, typeAndMode, status) == 0 ? MemoryMarshal.Read<ushort>(status[modeAt..]) : 0;
        }

        if (OperatingSystem.IsMacOS())
        {
            // struct stat of sys/stat.h with 64-bit inodes, 144 bytes.
            const int modeAt = 4;
            var result = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? Stat(path, status) : StatOfIntel(path, status);
            return result == 0 ? MemoryMarshal.Read<ushort>(status[modeAt..]) : 0;
        }

        return 0; // Windows has its pipes elsewhere.
    }

    [LibraryImport(Library, EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatX(int folder, string path, int flags, uint mask, Span<byte> status);

    [LibraryImport(Library, EntryPoint = "stat", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Stat(string path, Span<byte> status);

    [LibraryImport(Library, EntryPoint = "stat$INODE64", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatOfIntel(string path, Span<byte> status);
}
