using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;
using Tracker.Importer.Sources;
using Tracker.Storage.Imports;
using ZstdSharp;

namespace Tracker.Importer.Importing;

/// <summary>Reads what is new in a file of JSON lines. One instance reads many files, over the same buffers.</summary>
internal sealed partial class LineFileReader(ILogger logger)
{
    /// <summary>More malformed lines of one file and pass are counted, but not each named.</summary>
    public const int MalformedLinesNamed = 10;

    // What lies further back is not broken by a line of now; and it is read again whenever the file grows.
    private const int LongestHeld = 1024 * 1024;

    private readonly LineReader _lines = new();
    private readonly byte[] _head = new byte[FileFingerprint.HeadBytes];

    // Of the file that is being read.
    private readonly List<Trouble> _troubles = [];
    private ILineFormat _format = null!;
    private LogFile _file = null!;
    private ILineReader _reader = null!;
    private int _headAvailable;
    private long _lineCount;
    private long _recordCount;
    private long _malformedCount;
    private string? _firstMalformed;

    /// <param name="format">The format that claims the file.</param>
    /// <param name="file">The file, as it was listed.</param>
    /// <param name="last">How far it was read before; null for a new file.</param>
    /// <param name="cursor">The same with what the listing told.</param>
    /// <param name="steps">Gets the records and, at the end, the cursor behind the last whole line.</param>
    /// <param name="onBytes">Gets the number of bytes that were read since it was last called.</param>
    /// <param name="cancellationToken">Ends between two lines.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="FormatException">It is not UTF-8.</exception>
    public FileResult Read(
        ILineFormat format, LogFile file, ImportCursor? last, ImportCursor cursor, FileSteps steps, Action<long> onBytes, CancellationToken cancellationToken)
    {
        (_format, _file) = (format, file);
        _troubles.Clear();
        using var handle = File.OpenHandle(file.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.SequentialScan);
        var length = RandomAccess.GetLength(handle);
        return file.Path.EndsWith(".zst", StringComparison.OrdinalIgnoreCase)
            ? ReadCompressed(handle, cursor with { Length = length }, steps, onBytes, cancellationToken)
            : ReadPlain(handle, last, cursor with { Length = length }, steps, onBytes, cancellationToken);
    }

    private FileResult ReadPlain(SafeFileHandle handle, ImportCursor? last, ImportCursor cursor, FileSteps steps, Action<long> onBytes, CancellationToken cancellationToken)
    {
        var length = cursor.Length;
        if (last is not null && (last.Offset > length || !FileFingerprint.Matches(last, handle)))
        {
            LogReadAgain(_file.Path);
            last = null;
        }

        _lines.Begin(handle, last is null ? 0 : last.Offset - last.HeldLength, length);
        if (_lines.Offset == 0)
        {
            var head = _lines.Peek();
            _headAvailable = Math.Min(_head.Length, head.Length);
            head[.._headAvailable].CopyTo(_head);
        }
        else
        {
            _headAvailable = (int)Math.Min(_head.Length, length);
            if (!FileFingerprint.TryRead(handle, _head.AsSpan(0, _headAvailable), 0))
            {
                throw new IOException("It became shorter while it was read.");
            }
        }

        LineCheck.RequireUtf8(_head.AsSpan(0, _headAvailable));
        return ReadLines(last, cursor, steps, onBytes, cancellationToken) with { BytesRead = length - (last?.Offset ?? 0) };
    }

    private FileResult ReadCompressed(SafeFileHandle handle, ImportCursor cursor, FileSteps steps, Action<long> onBytes, CancellationToken cancellationToken)
    {
        try
        {
            using var compressed = new FileStream(handle, FileAccess.Read);
            using var stream = new DecompressionStream(compressed, leaveOpen: true);
            _headAvailable = 0;
            _lines.Begin(stream);
            return ReadLines(null, cursor, steps, _ => { }, cancellationToken) with { BytesRead = cursor.Length };
        }
        catch (Exception exception) when (exception is ZstdException or EndOfStreamException)
        {
            throw new FormatException($"is not whole: {exception.Message}");
        }
        finally
        {
            onBytes(cursor.Length);
        }
    }

    private FileResult ReadLines(ImportCursor? last, ImportCursor cursor, FileSteps steps, Action<long> onBytes, CancellationToken cancellationToken)
    {
        var drift = new SchemaDrift(last?.Drift);
        _reader = _format.Open(_file, last?.State, drift);
        (_lineCount, _recordCount, _malformedCount) = (last?.LineCount ?? 0, last?.RecordCount ?? 0, last?.MalformedCount ?? 0);
        _firstMalformed = last?.FirstMalformed;
        var held = new HeldRecords(steps);
        TakeUp(held, last?.Offset ?? 0);
        var (from, linesBefore, recordsBefore, malformedBefore) = (_lines.Offset, _lineCount, _recordCount, _malformedCount);
        var unfinished = ReadWholeLines(held, onBytes, cancellationToken);

        var state = _reader.State;
        // A file that is read from its beginning has nothing of the cursor that it had before, also when no line of it is whole yet.
        var read = (last is not null && _lineCount == linesBefore ? last : CursorHere(cursor)) with
        {
            ModifiedAtTicks = cursor.ModifiedAtTicks,
            Length = cursor.Length,
            ImportedAt = cursor.ImportedAt,
            Trouble = null,
            FirstMalformed = _firstMalformed,
            State = state,
            Drift = drift.ToText(),
            // A reader with a state cannot go back.
            HeldLength = state is null && held.From is { } heldFrom && _lines.Offset - heldFrom <= LongestHeld ? _lines.Offset - heldFrom : 0,
        };
        // It may be whole but for its line feed. The cursor stays before it: it is read again when more has come, and merged.
        var unfinishedLine = TryRead(unfinished);
        if (unfinishedLine.Record is not null)
        {
            held.Add(unfinishedLine.Record, unfinishedLine.Within, null, _lines.Offset);
        }

        held.Release();
        steps.End(read);
        onBytes(unfinished.Length);
        if (_malformedCount - malformedBefore > MalformedLinesNamed)
        {
            LogMoreMalformed(_file.Path, _malformedCount - malformedBefore - MalformedLinesNamed);
        }

        return new FileResult(
            _lines.Offset - from, _recordCount - recordsBefore + CountOf(unfinishedLine), _malformedCount - malformedBefore, [.. _troubles]);
    }

    // The lines of the call that was the last one, up to where the earlier pass ended: what comes now may tell of it.
    private void TakeUp(HeldRecords held, long end)
    {
        while (_lines.Offset is var start && start < end && _lines.Read(out var line) != LineKind.Unfinished)
        {
            if (TryRead(line) is { Record: { } record } read)
            {
                held.Add(record, read.Within, read.Id, start);
            }
        }
    }

    /// <returns>What follows the last line feed.</returns>
    private ReadOnlySpan<byte> ReadWholeLines(HeldRecords held, Action<long> onBytes, CancellationToken cancellationToken)
    {
        var reported = _lines.Offset;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var start = _lines.Offset;
            var kind = _lines.Read(out var line);
            if (kind == LineKind.Unfinished)
            {
                onBytes(_lines.Offset - reported);
                return line;
            }

            _lineCount++;
            var read = kind == LineKind.TooLong ? Malformed($"is longer than {LineReader.LongestLine / (1024 * 1024)} MB") : ReadLine(Trim(line));
            if (read.Record is not null)
            {
                _recordCount += CountOf(read);
                held.Add(read.Record, read.Within, read.Id, start);
            }
            else if (read.BrokenId is not null)
            {
                held.MarkBroken(read.BrokenId);
            }
            else if (read.Limits is { Count: > 0 } limits)
            {
                held.AddLimits(limits);
            }

            if (_lines.Offset - reported > 1024 * 1024)
            {
                onBytes(_lines.Offset - reported);
                reported = _lines.Offset;
            }
        }
    }

    private UsageLine ReadLine(ReadOnlySpan<byte> line)
    {
        if (line.IsEmpty)
        {
            return default;
        }

        if (!_format.Concerns(line))
        {
            return LineCheck.FaultOf(line, _lines.HasNul) is { } fault ? Malformed(fault) : default;
        }

        try
        {
            return _reader.Read(line);
        }
        catch (JsonException exception)
        {
            return Malformed(LineCheck.Explain(exception));
        }
        catch (FormatException exception)
        {
            return Malformed(exception.Message);
        }
        catch (InvalidOperationException)
        {
            return Malformed("holds a name that is not valid text");
        }
    }

    private static int CountOf(UsageLine line) => line.Record is null ? 0 : 1 + (line.Within?.Count ?? 0);

    // Of half a line nothing: the rest will come.
    private UsageLine TryRead(ReadOnlySpan<byte> line)
    {
        line = Trim(line);
        if (line.IsEmpty || !_format.Concerns(line))
        {
            return default;
        }

        try
        {
            return _reader.Read(line);
        }
        catch (Exception exception) when (exception is JsonException or FormatException or InvalidOperationException)
        {
            return default;
        }
    }

    private UsageLine Malformed(string reason)
    {
        _malformedCount++;
        _firstMalformed ??= $"line {_lineCount} {reason}";
        if (_troubles.Count < MalformedLinesNamed)
        {
            _troubles.Add(new Trouble(_file.Path, _lineCount, reason));
            LogMalformed(_file.Path, _lineCount, reason);
        }

        return default;
    }

    private ImportCursor CursorHere(ImportCursor cursor)
    {
        var headLength = (int)Math.Min(_headAvailable, _lines.Offset);
        var tail = _lines.EndOfLastLine;
        return cursor with
        {
            Offset = _lines.Offset,
            LineCount = _lineCount,
            Fingerprint = FileFingerprint.Combine(FileFingerprint.HashOf(_head.AsSpan(0, headLength)), FileFingerprint.HashOf(tail)),
            HeadLength = headLength,
            TailLength = tail.Length,
            RecordCount = _recordCount,
            MalformedCount = _malformedCount,
        };
    }

    private ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> line)
    {
        var isFirst = _lineCount <= 1;
        // A crash of the machine can leave NUL bytes where a line was to be, with the next line right behind them.
        line = (isFirst && line.StartsWith("\uFEFF"u8) ? line[3..] : line).Trim(" \t\r"u8);
        var text = line.TrimStart((byte)0);
        return text.IsEmpty ? line : text;
    }

    [LoggerMessage(EventIds.LineMalformed, LogLevel.Warning, "{Path}:{Line} {Reason}; the line is passed over", EventName = nameof(EventIds.LineMalformed))]
    private partial void LogMalformed(string path, long line, string reason);

    [LoggerMessage(EventIds.MoreLinesMalformed, LogLevel.Warning, "{Path}: {Count} more lines could not be read and are passed over", EventName = nameof(EventIds.MoreLinesMalformed))]
    private partial void LogMoreMalformed(string path, long count);

    [LoggerMessage(EventIds.FileReadAgain, LogLevel.Information, "{Path} was cut or replaced, and is read from its beginning", EventName = nameof(EventIds.FileReadAgain))]
    private partial void LogReadAgain(string path);
}
