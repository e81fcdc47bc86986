using Microsoft.Win32.SafeHandles;

namespace Tracker.Importer.Importing;

/// <summary>What <see cref="LineReader.Read"/> found.</summary>
internal enum LineKind
{
    /// <summary>A line that ends with a line feed.</summary>
    Whole,

    /// <summary>A line longer than <see cref="LineReader.LongestLine"/>, of which only the end is shown.</summary>
    TooLong,

    /// <summary>What follows the last line feed: a line that is being written, or nothing.</summary>
    Unfinished,
}

/// <summary>Reads a file by lines in blocks, in memory bounded by the longest line it accepts. One instance reads many files, over the same buffer.</summary>
internal sealed class LineReader
{
    /// <summary>Longer lines are passed over without being held: no line with usage is near this size.</summary>
    public const int LongestLine = 32 * 1024 * 1024;

    // So large that few lines are cut, and so small that what was read is still in the processor's cache when it is looked at.
    private const int BlockBytes = 256 * 1024;

    private readonly byte[] _tail = new byte[FileFingerprint.TailBytes];
    private SafeFileHandle? _file;
    private Stream? _stream;
    private byte[] _buffer = new byte[2 * BlockBytes];
    private int _start;
    private int _end;

    // The last whole line, as long as it is in the buffer.
    private int _lastStart;
    private int? _lastLength;
    private int _tailLength;
    private long _fileOffset;
    private long _fileEnd;

    /// <summary>Where in the file the next line begins.</summary>
    public long Offset { get; private set; }

    /// <summary>Whether the line that was read has a NUL byte.</summary>
    public bool HasNul { get; private set; }

    /// <summary>The end of the last line that was whole or too long, at most <see cref="FileFingerprint.TailBytes"/>; empty before the first.</summary>
    public ReadOnlySpan<byte> EndOfLastLine
    {
        get
        {
            KeepEndOfLastLine();
            return _tail.AsSpan(0, _tailLength);
        }
    }

    /// <param name="file">Read from, but not owned.</param>
    /// <param name="offset">Where the first line begins.</param>
    /// <param name="end">Where to stop, so that a file that grows as fast as it is read ends.</param>
    public void Begin(SafeFileHandle file, long offset, long end)
    {
        (_file, _stream) = (file, null);
        Begin(offset, end);
    }

    /// <summary>Begins with a stream, which is read to its end.</summary>
    public void Begin(Stream stream)
    {
        (_file, _stream) = (null, stream);
        Begin(0, long.MaxValue);
    }

    /// <summary>The first block of what comes next, without moving on.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public ReadOnlySpan<byte> Peek()
    {
        if (_end == _start)
        {
            Fill();
        }

        return _buffer.AsSpan(_start, _end - _start);
    }

    /// <summary>Reads the next line; <see cref="Offset"/> moves behind it unless it is unfinished.</summary>
    /// <param name="line">The line without its line feed; valid until the next call.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public LineKind Read(out ReadOnlySpan<byte> line)
    {
        var searched = 0;
        HasNul = false;
        while (true)
        {
            var lineFeed = IndexOfLineFeed(_buffer.AsSpan(_start + searched, _end - _start - searched));
            if (lineFeed >= 0)
            {
                line = Take(searched + lineFeed);
                return LineKind.Whole;
            }

            searched = _end - _start;
            if (searched > LongestLine)
            {
                return PassOver(out line);
            }

            if (!Fill())
            {
                line = _buffer.AsSpan(_start, _end - _start);
                return LineKind.Unfinished;
            }
        }
    }

    private int IndexOfLineFeed(ReadOnlySpan<byte> text)
    {
        var found = HasNul ? -1 : text.IndexOfAny((byte)'\n', (byte)0);
        if (!HasNul && (found < 0 || text[found] != 0))
        {
            return found;
        }

        HasNul = true;
        return text.IndexOf((byte)'\n');
    }

    private void Begin(long offset, long end)
    {
        (_start, _end) = (0, 0);
        (_fileOffset, _fileEnd) = (offset, end);
        (_lastLength, _tailLength) = (null, 0);
        Offset = offset;
    }

    private LineKind PassOver(out ReadOnlySpan<byte> line)
    {
        // What is passed over counts when the line has an end: until then it is one that is being written, and begins where it did.
        var passedOver = 0L;
        while (true)
        {
            // Only the end of the line stays, for the cursor's fingerprint.
            var passed = _end - _start - FileFingerprint.TailBytes;
            _start += passed;
            passedOver += passed;
            if (!Fill())
            {
                line = default;
                return LineKind.Unfinished;
            }

            var lineFeed = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            if (lineFeed >= 0)
            {
                line = Take(lineFeed);
                Offset += passedOver;
                return LineKind.TooLong;
            }
        }
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        var line = _buffer.AsSpan(_start, length);
        (_lastStart, _lastLength) = (_start, length);
        _start += length + 1;
        Offset += length + 1;
        return line;
    }

    private void KeepEndOfLastLine()
    {
        if (_lastLength is { } length)
        {
            _tailLength = Math.Min(length, _tail.Length);
            _buffer.AsSpan(_lastStart + length - _tailLength, _tailLength).CopyTo(_tail);
            _lastLength = null;
        }
    }

    private bool Fill()
    {
        KeepEndOfLastLine();
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        if (_buffer.Length - _end < BlockBytes)
        {
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        var wanted = (int)Math.Min(BlockBytes, _fileEnd - _fileOffset);
        var target = _buffer.AsSpan(_end, wanted);
        var read = wanted == 0 ? 0 : _stream?.Read(target) ?? RandomAccess.Read(_file!, target, _fileOffset);
        _fileOffset += read;
        _end += read;
        return read > 0;
    }
}
