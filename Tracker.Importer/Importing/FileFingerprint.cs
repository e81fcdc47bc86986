using System.IO.Hashing;
using Microsoft.Win32.SafeHandles;
using Tracker.Storage.Imports;

namespace Tracker.Importer.Importing;

/// <summary>
/// Tells whether the part of a file that was read is still there: a hash of the file's first bytes and of the end of the last line that was
/// read (docs/adr/0005-incremental-import.md). A copied or restored file is the same log, whatever the file system calls it.
/// </summary>
internal static class FileFingerprint
{
    public const int HeadBytes = 4096;
    public const int TailBytes = 1024;

    // Against mistakes, not against people: a hash for cryptography takes a tenth of a second to be loaded.
    public static long HashOf(ReadOnlySpan<byte> bytes) => unchecked((long)XxHash3.HashToUInt64(bytes));

    /// <param name="headHash">Of the first bytes of the file, at most <see cref="HeadBytes"/>, all before the cursor's offset.</param>
    /// <param name="tailHash">Of the end of the line before the offset, without its line feed, at most <see cref="TailBytes"/>.</param>
    public static long Combine(long headHash, long tailHash) => unchecked((headHash * 31) + tailHash);

    /// <summary>Whether the file, opened now, still holds what the cursor covers.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static bool Matches(ImportCursor cursor, SafeFileHandle file)
    {
        if (cursor.Offset == 0)
        {
            return true;
        }

        var head = (stackalloc byte[HeadBytes])[..cursor.HeadLength];
        var tail = (stackalloc byte[TailBytes + 1])[..(cursor.TailLength + 1)];
        return TryRead(file, head, 0)
            && TryRead(file, tail, cursor.Offset - tail.Length)
            && tail[^1] == '\n'
            && Combine(HashOf(head), HashOf(tail[..^1])) == cursor.Fingerprint;
    }

    /// <returns><see langword="false"/> when the file is shorter.</returns>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static bool TryRead(SafeFileHandle file, Span<byte> bytes, long offset)
    {
        while (bytes.Length > 0)
        {
            var read = RandomAccess.Read(file, bytes, offset);
            if (read == 0)
            {
                return false;
            }

            bytes = bytes[read..];
            offset += read;
        }

        return true;
    }
}
