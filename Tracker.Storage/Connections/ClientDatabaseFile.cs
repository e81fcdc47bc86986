using System.Globalization;
using System.Text;
using Tracker.Storage.Hosting;

namespace Tracker.Storage.Connections;

/// <summary>Another program's database file as it lies on the disk, looked at before SQLite opens it.</summary>
internal readonly record struct ClientDatabaseFile
{
    // sqlite.org/fileformat2.html: the magic, and at byte 18 the version that a writer must know: 2 is WAL.
    private const int HeaderBytes = 20;
    private const int WriteVersionAt = 18;

    private ClientDatabaseFile(string path, long length, DateTime modifiedAt, string options)
    {
        Path = path;
        Length = length;
        ModifiedAt = modifiedAt;
        Options = options;
    }

    /// <summary>The file itself, where the path that was asked for is a link.</summary>
    public string Path { get; }

    public long Length { get; }

    public DateTime ModifiedAt { get; }

    /// <summary>The way it is opened, as parameters of SQLite's URI.</summary>
    public string Options { get; }

    /// <summary>The name by which SQLite opens it.</summary>
    public string Uri
    {
        get
        {
            var path = OperatingSystem.IsWindows() ? Path.Replace('\\', '/') : Path;
            var uri = new StringBuilder("file://").Append(path.StartsWith('/') ? "" : "/");
            foreach (var character in path)
            {
                // The others mean themselves; SQLite takes the rest as UTF-8.
                _ = character is '%' or '?' or '#' ? uri.Append(CultureInfo.InvariantCulture, $"%{(int)character:X2}") : uri.Append(character);
            }

            return uri.Append(CultureInfo.InvariantCulture, $"?mode=ro{Options}").ToString();
        }
    }

    /// <summary>
    /// Decides how the file can be read without writing anything beside it. SQLite itself, asked to read a database in WAL mode that nobody has open,
    /// would create <c>-wal</c> and <c>-shm</c> and leave them there, perhaps with an owner whose files its own program cannot write.
    /// </summary>
    /// <exception cref="ClientDatabaseException">It cannot be read without writing.</exception>
    /// <exception cref="FormatException">It is no database.</exception>
    /// <exception cref="IOException">It is a link that leads in circles.</exception>
    public static ClientDatabaseFile Examine(string path)
    {
        // The log is beside the database itself, where its program has it, not beside a link to it.
        path = TrackerPaths.WithoutLink(path);
        var file = new FileInfo(path);
        var (length, modifiedAt) = (file.Length, file.LastWriteTimeUtc);
        if (!IsWal(path))
        {
            return new ClientDatabaseFile(path, length, modifiedAt, ""); // A rollback journal: SQLite's locks do it all.
        }

        var log = new FileInfo(path + "-wal");
        if (!log.Exists || log.Length == 0)
        {
            // All of it is in the one file. No lock keeps it so: who reads looks afterwards whether it has changed.
            return new ClientDatabaseFile(path, length, modifiedAt, "&immutable=1");
        }

        return File.Exists(path + "-shm")
            ? new ClientDatabaseFile(path, length, modifiedAt, "&readonly_shm=1")
            : throw new ClientDatabaseException("has a log (-wal) whose index (-shm) is missing; start the program it belongs to once, or copy all three files");
    }

    /// <summary>Whether what was read since may be torn: it was read without a lock, and the file is another now.</summary>
    public bool MayBeTorn()
    {
        var now = new FileInfo(Path);
        return Options.Contains("immutable", StringComparison.Ordinal) && (!now.Exists || now.Length != Length || now.LastWriteTimeUtc != ModifiedAt);
    }

    private static bool IsWal(string path)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        // Closed again before SQLite opens it: a handle closed later would drop SQLite's locks.
        using (var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete))
        {
            if (stream.ReadAtLeast(header, HeaderBytes, throwOnEndOfStream: false) < HeaderBytes || !header.StartsWith("SQLite format 3\0"u8))
            {
                throw new FormatException("is not an SQLite database, or an encrypted one");
            }
        }

        return header[WriteVersionAt] == 2;
    }
}
