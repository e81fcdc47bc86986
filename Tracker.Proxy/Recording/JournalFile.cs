using Tracker.Storage.Usage;

namespace Tracker.Proxy.Recording;

/// <summary>What a segment's file holds.</summary>
/// <param name="Records">Every record whose line is whole.</param>
/// <param name="DamagedLines">Lines that cannot be read; a place that was reserved and never written is none.</param>
/// <param name="IsOfOtherVersion">The file was written by a program whose lines this one does not know; nothing was read.</param>
internal sealed record JournalFile(List<UsageRecord> Records, int DamagedLines, bool IsOfOtherVersion)
{
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file cannot be read.</exception>
    public static JournalFile Read(string path) => Parse(ReadAll(path));

    /// <param name="bytes">All of a segment's file.</param>
    public static JournalFile Parse(ReadOnlySpan<byte> bytes)
    {
        var rest = bytes;
        if (!rest.StartsWith(JournalLine.Header))
        {
            // Killed between the file's creation and its header: nothing was ever in it.
            return new JournalFile([], 0, IsOfOtherVersion: rest.ContainsAnyExcept((byte)0));
        }

        var records = new List<UsageRecord>();
        var damaged = 0;
        rest = rest[JournalLine.Header.Length..];
        while (!rest.IsEmpty)
        {
            var end = rest.IndexOf((byte)'\n');
            var line = (end < 0 ? rest : rest[..end]).Trim((byte)0);
            rest = end < 0 ? default : rest[(end + 1)..];
            if (line.IsEmpty)
            {
                continue;
            }

            if (JournalLine.Decode(line) is { } record)
            {
                records.Add(record);
            }
            else
            {
                damaged++;
            }
        }

        return new JournalFile(records, damaged, IsOfOtherVersion: false);
    }

    /// <summary>Keeps a file that could not be read to its end under another name, for whoever wants to look at it.</summary>
    /// <returns>Its new path; the old one if it cannot be renamed.</returns>
    public static string SetAside(string path)
    {
        try
        {
            File.Move(path, path + ".damaged", overwrite: true);
            return path + ".damaged";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return path;
        }
    }

    private static byte[] ReadAll(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[Math.Min(stream.Length, JournalSegment.Size)];
        var count = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return bytes[..count];
    }
}
