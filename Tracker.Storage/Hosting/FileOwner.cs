using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Tracker.Storage.Hosting;

/// <summary>Gives what was just made to the user and the group that its place belongs to, which .NET 10 cannot. Only root gives to another user, and others only to groups that they are in.</summary>
public static partial class FileOwner
{
    /// <param name="file">The new file, open: its path may be somebody else's link by now.</param>
    /// <param name="path">The same.</param>
    /// <param name="like">What it is to belong to the same ones as. Where that cannot be told (Windows), nothing is done.</param>
    /// <exception cref="UnauthorizedAccessException">This user may not; the message names the two.</exception>
    public static void Give(SafeFileHandle file, string path, string like) => Give(path, like, (owner, group) => ChangeOwner(file, owner, group));

    /// <inheritdoc cref="Give(SafeFileHandle, string, string)"/>
    public static void GiveFolder(string path, string like) => Give(path, like, (owner, group) => ChangeOwnerOfFolder(path, owner, group));

    private static void Give(string path, string like, Func<uint, uint, int> change)
    {
        // What belongs to the same ones already needs no permission, and there are file systems without any.
        if (FileStatus.Of(like) is { } wanted && FileStatus.Of(path) is { } made && (made.Owner, made.Group) != (wanted.Owner, wanted.Group) && change(wanted.Owner, wanted.Group) != 0)
        {
            throw new UnauthorizedAccessException($"{like} belongs to user {wanted.Owner} and group {wanted.Group}, and what is written there would not. Run this as that user, in that group.");
        }
    }

    [LibraryImport("libc", EntryPoint = "fchown")]
    private static partial int ChangeOwner(SafeFileHandle file, uint owner, uint group);

    [LibraryImport("libc", EntryPoint = "lchown", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeOwnerOfFolder(string path, uint owner, uint group);
}
