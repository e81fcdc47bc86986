using System.Runtime.InteropServices;

namespace Tracker.Storage.Hosting;

/// <summary>What Unix tells of a file and .NET 10 does not, without opening it.</summary>
/// <param name="Mode">Kind and permissions, as <c>st_mode</c> of sys/stat.h.</param>
/// <param name="Inode">Which file it is on its file system: another than before when it was replaced, as long as somebody has the earlier one open.</param>
/// <param name="Device">Which file system it is on, as <c>st_dev</c>.</param>
/// <param name="Owner">The number of the user whose it is.</param>
/// <param name="Group">The number of the group whose it is.</param>
public readonly partial record struct FileStatus(int Mode, ulong Inode, ulong Device, uint Owner, uint Group)
{
    private const string Library = "libc";

    /// <summary>No folder, device, pipe or socket.</summary>
    public bool IsRegularFile => (Mode & 0xF000) == 0x8000; // S_IFMT, S_IFREG

    /// <summary>Of what is at a path, behind all links.</summary>
    /// <returns>Null where that cannot be told: nothing is there, this is Windows, or the C library is older than the call (glibc 2.28).</returns>
    public static FileStatus? Of(string path)
    {
        try
        {
            return Ask(path);
        }
        catch (Exception exception) when (exception is EntryPointNotFoundException or DllNotFoundException)
        {
            return null;
        }
    }

    private static FileStatus? Ask(string path)
    {
        var status = (stackalloc byte[256]);
        if (OperatingSystem.IsLinux())
        {
            // struct statx of linux/stat.h: the same on every processor, which that of stat() is not.
            const int currentDirectory = -100;
            const uint typeModeOwnerGroupInode = 0x11B;
            const int ownerAt = 20;
            const int groupAt = 24;
            const int modeAt = 28;
            const int inodeAt = 32;
            const int deviceAt = 136; // Two numbers of four bytes; always told.
            return StatX(currentDirectory, path, 0, typeModeOwnerGroupInode, status) == 0
                ? new FileStatus(
                    MemoryMarshal.Read<ushort>(status[modeAt..]), MemoryMarshal.Read<ulong>(status[inodeAt..]), MemoryMarshal.Read<ulong>(status[deviceAt..]),
                    MemoryMarshal.Read<uint>(status[ownerAt..]), MemoryMarshal.Read<uint>(status[groupAt..]))
                : null;
        }

        if (OperatingSystem.IsMacOS())
        {
            // struct stat of sys/stat.h with 64-bit inodes, 144 bytes.
            const int deviceAt = 0;
            const int modeAt = 4;
            const int inodeAt = 8;
            const int ownerAt = 16;
            const int groupAt = 20;
            var result = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? Stat(path, status) : StatOfIntel(path, status);
            return result == 0
                ? new FileStatus(
                    MemoryMarshal.Read<ushort>(status[modeAt..]), MemoryMarshal.Read<ulong>(status[inodeAt..]), MemoryMarshal.Read<uint>(status[deviceAt..]),
                    MemoryMarshal.Read<uint>(status[ownerAt..]), MemoryMarshal.Read<uint>(status[groupAt..]))
                : null;
        }

        return null;
    }

    [LibraryImport(Library, EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatX(int folder, string path, int flags, uint mask, Span<byte> status);

    [LibraryImport(Library, EntryPoint = "stat", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Stat(string path, Span<byte> status);

    [LibraryImport(Library, EntryPoint = "stat$INODE64", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatOfIntel(string path, Span<byte> status);
}
