using System.Text;
using Tracker.Storage.Hosting;

namespace Tracker.Proxy.Connecting.Editing;

/// <summary>A settings file as it was read: its bytes, and the text that they are. Links are followed: what they lead to is read and written.</summary>
internal sealed class SettingsFile
{
    private static readonly Encoding[] Marked = [new UTF8Encoding(true, true), new UnicodeEncoding(false, true, true), new UnicodeEncoding(true, true, true)];

    private readonly Encoding _encoding;

    private SettingsFile(string path, byte[]? bytes, Encoding encoding, string text) => (Path, Bytes, _encoding, Text) = (path, bytes, encoding, text);

    /// <summary>Where the file itself is.</summary>
    public string Path { get; }

    /// <summary>Null when there is no file.</summary>
    public byte[]? Bytes { get; }

    /// <summary>Without the byte order mark; empty when there is no file.</summary>
    public string Text { get; }

    /// <exception cref="MalformedSettingsException">It is no text.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It cannot be read.</exception>
    public static SettingsFile Read(string path)
    {
        var target = TrackerPaths.WithoutLink(path);
        if (new FileInfo(target).LinkTarget is not null)
        {
            throw new IOException($"{path} is a link that leads in circles.");
        }

        var bytes = File.Exists(target) ? File.ReadAllBytes(target) : null;
        var encoding = Array.Find(Marked, encoding => bytes.AsSpan().StartsWith(encoding.Preamble)) ?? new UTF8Encoding(false, true);
        try
        {
            return new SettingsFile(target, bytes, encoding, bytes is null ? "" : encoding.GetString(bytes.AsSpan(encoding.Preamble.Length)));
        }
        catch (DecoderFallbackException exception)
        {
            throw new MalformedSettingsException(path, new MalformedSettingsException("it is no UTF-8 text", exception));
        }
    }

    /// <summary>What the file would be with another text.</summary>
    public byte[] Encode(string text) => [.. _encoding.Preamble, .. _encoding.GetBytes(text)];

    /// <summary>Puts another text in its place at once: whoever reads it sees the old one or the new one. Permissions, owner and group stay.</summary>
    /// <exception cref="IOException">It cannot be written, or is not what was read any more.</exception>
    /// <exception cref="UnauthorizedAccessException">It cannot be written, or would belong to somebody else.</exception>
    public void Replace(string text)
    {
        var temporary = $"{Path}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var stream = new FileStream(temporary, ForANewFile()))
            {
                BeLike(stream, temporary);
                stream.Write(Encode(text));
                stream.Flush(flushToDisk: true);
            }

            CheckUnchanged();
            if (OperatingSystem.IsWindows() && Bytes is not null)
            {
                File.Replace(temporary, Path, destinationBackupFileName: null); // Keeps what the old one's owner has allowed whom.
            }
            else
            {
                File.Move(temporary, Path, overwrite: true);
            }
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <inheritdoc cref="Replace"/>
    public void Delete()
    {
        CheckUnchanged();
        File.Delete(Path);
    }

    /// <summary>A copy beside the file, with its permissions, owner and group.</summary>
    /// <exception cref="IOException">It cannot be written, or is there.</exception>
    /// <exception cref="UnauthorizedAccessException">It cannot be written, or would belong to somebody else.</exception>
    public void CopyTo(string path)
    {
        var stream = new FileStream(path, ForANewFile());
        try
        {
            using (stream)
            {
                BeLike(stream, path);
                stream.Write(Bytes);
            }
        }
        catch
        {
            File.Delete(path);
            throw;
        }
    }

    /// <summary>Makes the folders that a file needs; root makes them for whom the folder around them belongs to.</summary>
    /// <returns>Those that were made, the innermost first.</returns>
    /// <exception cref="IOException">One cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">One cannot be made.</exception>
    public static IReadOnlyList<string> CreateFolders(string file)
    {
        var created = new List<string>();
        for (var folder = System.IO.Path.GetDirectoryName(file); folder is not null && !Directory.Exists(folder); folder = System.IO.Path.GetDirectoryName(folder))
        {
            created.Add(folder);
        }

        foreach (var folder in Enumerable.Reverse(created))
        {
            Directory.CreateDirectory(folder);
            if (Environment.IsPrivilegedProcess)
            {
                FileOwner.GiveFolder(folder, System.IO.Path.GetDirectoryName(folder)!);
            }
        }

        return created;
    }

    // By the open file: its path may lead somewhere else by now, where others may write. A new one of root's belongs to whom its folder belongs to, who could not read it otherwise.
    private void BeLike(FileStream made, string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        if (Bytes is not null)
        {
            FileOwner.Give(made.SafeFileHandle, path, Path);
            File.SetUnixFileMode(made.SafeFileHandle, File.GetUnixFileMode(Path));
        }
        else if (Environment.IsPrivilegedProcess)
        {
            FileOwner.Give(made.SafeFileHandle, path, System.IO.Path.GetDirectoryName(Path)!);
        }
    }

    private void CheckUnchanged()
    {
        var now = File.Exists(Path) ? File.ReadAllBytes(Path) : null;
        if ((now is null) != (Bytes is null) || !now.AsSpan().SequenceEqual(Bytes))
        {
            throw new IOException($"{Path} was changed by another program at this moment. Try again.");
        }
    }

    // Nobody else may read a new file, not for a moment: settings hold keys. One that is there, or a link, is somebody else's.
    private static FileStreamOptions ForANewFile()
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return options;
    }
}
