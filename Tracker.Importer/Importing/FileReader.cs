using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;
using Tracker.Importer.Sources;
using Tracker.Storage.Imports;
using Tracker.Storage.Usage;

namespace Tracker.Importer.Importing;

/// <summary>What reading one file gave.</summary>
internal sealed record FileResult(long BytesRead, long Records, long Malformed, IReadOnlyList<Trouble> Troubles);

/// <summary>Reads what is new in a log file, line by line, into records and the cursor behind each.</summary>
internal sealed partial class FileReader(IUsageSource source, TimeProvider time, ILogger logger)
{
    /// <summary>More malformed lines of one file and pass are counted, but not each named.</summary>
    public const int MalformedLinesNamed = 10;

    private readonly LineReader _lines = new();
    private readonly byte[] _head = new byte[FileFingerprint.HeadBytes];
    private readonly byte[] _tail = new byte[FileFingerprint.TailBytes];

    // Of the file that is being read.
    private readonly List<Trouble> _troubles = [];
    private readonly HeldSteps _held = new();
    private LogFile _file;
    private long _length;
    private int _headAvailable;
    private int _headLength;
    private long _headHash;
    private int _tailLength;
    private long _lineCount;
    private long _recordCount;
    private long _malformedCount;
    private string? _trouble;
    private ImportCursor? _last;

    /// <param name="file">The file, as it was listed.</param>
    /// <param name="cursor">How far it was read before; null for a new file.</param>
    /// <param name="onStep">Gets the records and, at the end, the cursor behind the last whole line.</param>
    /// <param name="onBytes">Gets the number of bytes that were read since it was last called.</param>
    /// <param name="cancellationToken">Ends between two lines; the cursors handed out are valid.</param>
    public FileResult Read(LogFile file, ImportCursor? cursor, Action<ImportStep> onStep, Action<long> onBytes, CancellationToken cancellationToken)
    {
        _troubles.Clear();
        _held.Clear();
        _file = file;
        try
        {
            using var handle = File.OpenHandle(file.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.SequentialScan);
            Begin(handle, cursor);
            var (from, records, malformed) = (_lines.Offset, _recordCount, _malformedCount);
            var unfinished = ReadLines(onStep, onBytes, cancellationToken);
            if (_malformedCount - malformed > MalformedLinesNamed)
            {
                LogMoreMalformed(file.Path, _malformedCount - malformed - MalformedLinesNamed);
            }

            return new FileResult(_length - from, _recordCount - records + unfinished, _malformedCount - malformed, [.. _troubles]);
        }
        catch (FileNotFoundException)
        {
            return new FileResult(0, 0, 0, []); // Deleted since it was listed: its rows stay.
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return Unreadable(cursor, exception.Message, onStep);
        }
    }

    private void Begin(SafeFileHandle handle, ImportCursor? cursor)
    {
        _length = RandomAccess.GetLength(handle);
        _headAvailable = (int)Math.Min(_head.Length, _length);
        if (!FileFingerprint.TryRead(handle, _head.AsSpan(0, _headAvailable), 0))
        {
            throw new IOException("It became shorter while it was read.");
        }

        if (cursor is not null && (cursor.Offset > _length || !FileFingerprint.Matches(cursor, handle)))
        {
            LogReadAgain(_file.Path);
            cursor = null;
        }

        (_headLength, _headHash, _tailLength) = (-1, 0, 0);
        (_lineCount, _recordCount, _malformedCount) = (cursor?.LineCount ?? 0, cursor?.RecordCount ?? 0, cursor?.MalformedCount ?? 0);
        _trouble = _malformedCount > 0 ? cursor?.Trouble : null;
        _last = cursor;
        _lines.Begin(handle, cursor?.Offset ?? 0, _length);
    }

    /// <returns>1 if a record was found behind the last line feed, else 0.</returns>
    private int ReadLines(Action<ImportStep> onStep, Action<long> onBytes, CancellationToken cancellationToken)
    {
        var reported = _lines.Offset;
        var linesBefore = _lineCount;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var kind = _lines.Read(out var line);
            if (kind == LineKind.Unfinished)
            {
                var cursor = _lineCount == linesBefore ? Unmoved() : CursorHere() with { Length = _length };
                // It may be whole but for its line feed. The cursor stays before it: it is read again when more has come, and merged.
                var unfinished = TryReadUnfinished(line);
                _held.Release(onStep);
                onStep(new ImportStep(unfinished, cursor));
                onBytes(_length - reported);
                return unfinished is null ? 0 : 1;
            }

            _lineCount++;
            var read = kind == LineKind.TooLong ? Malformed($"is longer than {LineReader.LongestLine / (1024 * 1024)} MB") : ReadLine(Trim(line));
            KeepTail(line);
            if (read.Record is not null)
            {
                _recordCount++;
                _held.Add(new ImportStep(read.Record, CursorHere()), read.Id, onStep);
            }
            else if (read.BrokenId is not null)
            {
                _held.MarkBroken(read.BrokenId);
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

        if (line.IndexOf(source.Marker) < 0)
        {
            return LineCheck.FaultOf(line) is { } fault ? Malformed(fault) : default;
        }

        try
        {
            return source.Read(line);
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

    private UsageRecord? TryReadUnfinished(ReadOnlySpan<byte> line)
    {
        line = Trim(line);
        if (line.IndexOf(source.Marker) < 0)
        {
            return null;
        }

        try
        {
            return source.Read(line).Record;
        }
        catch (Exception exception) when (exception is JsonException or FormatException or InvalidOperationException)
        {
            return null; // Half of a line: the rest will come.
        }
    }

    private UsageLine Malformed(string reason)
    {
        _malformedCount++;
        _trouble ??= $"line {_lineCount} {reason}";
        if (_troubles.Count < MalformedLinesNamed)
        {
            _troubles.Add(new Trouble(_file.Path, _lineCount, reason));
            LogMalformed(_file.Path, _lineCount, reason);
        }

        return default;
    }

    private FileResult Unreadable(ImportCursor? cursor, string reason, Action<ImportStep> onStep)
    {
        if (cursor?.Trouble != reason)
        {
            LogUnreadable(_file.Path, reason);
        }

        var unread = cursor ?? new ImportCursor
        {
            Source = source.Client,
            Path = _file.Path,
            ModifiedAtTicks = 0,
            Length = ImportCursor.NotToTheEnd,
            Offset = 0,
            LineCount = 0,
            Fingerprint = 0,
            HeadLength = 0,
            TailLength = 0,
            RecordCount = 0,
            MalformedCount = 0,
            ImportedAt = time.GetUtcNow(),
        };
        onStep(new ImportStep(null, unread with { Length = ImportCursor.NotToTheEnd, Trouble = reason }));
        return new FileResult(0, 0, 0, [new Trouble(_file.Path, null, reason)]);
    }

    private void KeepTail(ReadOnlySpan<byte> line)
    {
        _tailLength = Math.Min(line.Length, _tail.Length);
        line[^_tailLength..].CopyTo(_tail);
    }

    private ImportCursor CursorHere()
    {
        var headLength = (int)Math.Min(_headAvailable, _lines.Offset);
        if (headLength != _headLength)
        {
            (_headLength, _headHash) = (headLength, FileFingerprint.HashOf(_head.AsSpan(0, headLength)));
        }

        return new ImportCursor
        {
            Source = source.Client,
            Path = _file.Path,
            ModifiedAtTicks = _file.ModifiedAtTicks,
            Length = ImportCursor.NotToTheEnd,
            Offset = _lines.Offset,
            LineCount = _lineCount,
            Fingerprint = FileFingerprint.Combine(_headHash, FileFingerprint.HashOf(_tail.AsSpan(0, _tailLength))),
            HeadLength = headLength,
            TailLength = _tailLength,
            RecordCount = _recordCount,
            MalformedCount = _malformedCount,
            Trouble = _trouble,
            ImportedAt = time.GetUtcNow(),
        };
    }

    // Nothing but a half-written line has come since the last time.
    private ImportCursor Unmoved() => (_last ?? CursorHere()) with
    {
        ModifiedAtTicks = _file.ModifiedAtTicks,
        Length = _length,
        Trouble = _trouble,
        ImportedAt = time.GetUtcNow(),
    };

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

    [LoggerMessage(EventIds.FileUnreadable, LogLevel.Warning, "{Path} cannot be read ({Reason}); it is tried again in the next pass", EventName = nameof(EventIds.FileUnreadable))]
    private partial void LogUnreadable(string path, string reason);

    [LoggerMessage(EventIds.FileReadAgain, LogLevel.Information, "{Path} was cut or replaced, and is read from its beginning", EventName = nameof(EventIds.FileReadAgain))]
    private partial void LogReadAgain(string path);
}
