using Microsoft.Win32.SafeHandles;

namespace Tracker.Proxy.Recording;

/// <summary>
/// A file of the journal with room for a fixed number of bytes. Any number of threads append at once: each reserves its place with one atomic
/// addition and writes there, without a lock. What is written survives the process, because it is in the kernel's page cache when the write returns.
/// </summary>
internal sealed class JournalSegment : IDisposable
{
    public const int Size = 4 * 1024 * 1024;

    private readonly SafeFileHandle _file;
    private long _tail = JournalLine.Header.Length;
    private long _unsettled;
    private long _spilled;
    private volatile bool _mustReplay;
    private volatile bool _isLeft;

    private JournalSegment(string path, SafeFileHandle file) => (Path, _file) = (path, file);

    public string Path { get; }

    /// <summary>Records that wait here alone, because the queue had no room for them.</summary>
    public long Spilled => Interlocked.Read(ref _spilled);

    /// <summary>Whether its records must be stored from the file before it is removed.</summary>
    public bool MustReplay => _mustReplay;

    /// <summary>Sealed, no append is under way, and every record has been stored or has spilled.</summary>
    public bool IsSettled => !_isLeft && Interlocked.Read(ref _tail) > Size && Interlocked.Read(ref _unsettled) == 0;

    /// <summary>Creates a segment whose blocks are really there, so that a full disk shows here and not in the middle of a record.</summary>
    /// <exception cref="IOException">No room, or the folder cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be written.</exception>
    public static JournalSegment Create(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = FileShare.Read | FileShare.Delete, BufferSize = 0, PreallocationSize = Size };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        var file = new FileStream(path, options).SafeFileHandle;
        try
        {
            RandomAccess.SetLength(file, Size);
            TouchPages(file);
            RandomAccess.Write(file, JournalLine.Header, 0);
            return new JournalSegment(path, file);
        }
        catch
        {
            file.Dispose();
            File.Delete(path);
            throw;
        }
    }

    /// <summary>Appends a line. The record must be settled or spilled later.</summary>
    /// <returns><see langword="false"/> when it does not fit any more.</returns>
    /// <exception cref="IOException">It could not be written.</exception>
    public bool TryAppend(ReadOnlySpan<byte> line)
    {
        // Counted before the place is reserved: whoever sees a sealed segment without unsettled records sees no append under way either.
        Interlocked.Increment(ref _unsettled);
        try
        {
            var end = Interlocked.Add(ref _tail, line.Length);
            if (end > Size)
            {
                Settle();
                return false;
            }

            RandomAccess.Write(_file, line, end - line.Length);
            return true;
        }
        catch
        {
            Settle();
            throw;
        }
    }

    /// <summary>A record of it is in the database, or was refused by it.</summary>
    public void Settle() => Interlocked.Decrement(ref _unsettled);

    /// <summary>A record of it found no room in the queue and waits here.</summary>
    public void Spill()
    {
        _mustReplay = true;
        Interlocked.Increment(ref _spilled);
        Settle();
    }

    /// <summary>The database that its records were stored in is gone.</summary>
    public void RequireReplay() => _mustReplay = true;

    /// <summary>All of its bytes, also when the file has been deleted meanwhile.</summary>
    /// <exception cref="IOException">The disk cannot be read.</exception>
    public byte[] ReadAll()
    {
        var bytes = new byte[Size];
        var count = 0;
        while (count < Size && RandomAccess.Read(_file, bytes.AsSpan(count), count) is > 0 and var read)
        {
            count += read;
        }

        return bytes[..count];
    }

    /// <summary>Its records could not be read back: it is left for the next start.</summary>
    public void LeaveForNextStart() => _isLeft = true;

    /// <summary>Nothing more is appended.</summary>
    public void Seal() => Interlocked.Add(ref _tail, Size);

    public void Dispose() => _file.Dispose();

    /// <summary>Puts every page into the page cache, so that an append only copies bytes: the first write to a page costs several times as much.</summary>
    private static void TouchPages(SafeFileHandle file)
    {
        var zeros = new byte[64 * 1024];
        for (var offset = 0; offset < Size; offset += zeros.Length)
        {
            RandomAccess.Write(file, zeros, offset);
        }
    }
}
