using System.Text.Json;

namespace Tracker.Importer.Sources;

/// <summary>Reads whole files of clients so that these can write, replace and delete them meanwhile: on Windows whoever opens a file decides what others may do with it.</summary>
internal static class ClientFile
{
    private const long LargestSideFile = 64 * 1024 * 1024;

    // Windows PowerShell and editors put one before what a user has written by hand.
    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <param name="path">The file.</param>
    /// <param name="largest">More bytes than these are not read.</param>
    /// <exception cref="IOException">It cannot be read now.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not read it.</exception>
    /// <exception cref="FormatException">It is larger.</exception>
    public static byte[] ReadAll(string path, long largest)
    {
        using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.SequentialScan);
        var length = RandomAccess.GetLength(handle);
        if (length > largest)
        {
            throw new FormatException($"is larger than {largest / (1024 * 1024)} MB");
        }

        var content = new byte[length];
        var read = 0;
        while (read < content.Length && RandomAccess.Read(handle, content.AsSpan(read), read) is > 0 and var count)
        {
            read += count;
        }

        return read == content.Length ? content : content[..read];
    }

    /// <summary>A file that tells more of the calls in another, which are known without it.</summary>
    /// <returns>Null when there is none, when it cannot be read now, is larger than 64 MB, or no file.</returns>
    public static byte[]? TryReadAll(string path)
    {
        try
        {
            FileKind.RequireFile(path); // Of logs themselves that is known.
            var content = ReadAll(path, LargestSideFile);
            return content.AsSpan().StartsWith(ByteOrderMark) ? content[ByteOrderMark.Length..] : content;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or FormatException)
        {
            return null;
        }
    }

    /// <inheritdoc cref="TryReadAll" path="/summary"/>
    /// <returns>Null, too, when it is no JSON.</returns>
    public static JsonDocument? TryParse(string path)
    {
        try
        {
            return TryReadAll(path) is { } content ? JsonFields.Parse(content) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
