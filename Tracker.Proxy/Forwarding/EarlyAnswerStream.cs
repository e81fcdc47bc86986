using System.Buffers;
using Tracker.Proxy.Capture;

namespace Tracker.Proxy.Forwarding;

/// <summary>
/// Lets an upstream over HTTP/1.1 refuse an upload before it has all of it (413, 401), as clients see it without us. HttpClient reads only when it has written the whole body: of an upstream that answers and
/// closes it sees a broken connection, and one that answers and no longer reads it waits for. So there is a read beside the writing of a large body. When that brings a refusal, the rest of the body is taken and thrown
/// away, HttpClient finds the answer, and <c>Connection: close</c> in it: what was left out would be missing before the next request.
/// </summary>
/// <remarks>
/// HttpClient does read beside the writing when it has asked whether it may send the body (Expect: 100-continue), but waits for the end of the writing all the same. Then what it reads comes from here until the
/// answer's status is known. Of an answer that is no refusal nothing is changed: a server may answer a body while it comes.
/// </remarks>
internal sealed class EarlyAnswerStream(Stream connection) : PassThroughStream(connection)
{
    private const int MostReadAhead = 4096;
    private static readonly byte[] CloseLine = "Connection: close\r\n"u8.ToArray();

    // HttpClient writes it by itself, or behind the last bytes of the body.
    private static readonly byte[] LastChunk = "0\r\n\r\n"u8.ToArray();

    private readonly CancellationTokenSource _cut = new();
    private OutgoingHead? _upload;
    private HeadEnd _headEnd;
    private long _left; // Bytes of the upload's body that are not written yet.
    private Task? _reading; // The read beside the writing; what it has brought and HttpClient has not taken is in _read.
    private byte[] _read = [];
    private int _start;
    private int _count;
    private AnswerStatus _status;
    private bool _wasRead; // By HttpClient itself: then a read of its own may be under way, and there must not be two.
    private volatile bool _isOver; // Nobody wants the rest of the upload.

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_reading is { } reading && !(reading.IsCompleted && _count == 0))
        {
            return TakeAsync(reading, buffer);
        }

        if (IsAhead(buffer.IsEmpty))
        {
            (_left, _status) = (0, default); // No upload has begun.
            return TakeAsync(StartReading(), buffer);
        }

        _wasRead = true;
        return Inner.ReadAsync(buffer, cancellationToken);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (OutgoingHead.Current is not { IsUpload: true } upload)
        {
            return Inner.WriteAsync(buffer, cancellationToken);
        }

        if (upload != _upload)
        {
            Begin(upload);
        }

        if (_reading is null && !_wasRead)
        {
            _status = default;
            StartReading(); // Windows forgets what has come when a connection is reset.
        }

        if (_isOver)
        {
            return ValueTask.CompletedTask;
        }

        var write = Inner.WriteAsync(buffer, _cut.Token); // HttpClient ends what it has begun by closing the connection.
        if (write.IsCompletedSuccessfully)
        {
            Count(buffer.Span);
            return write;
        }

        return WriteBesideReadingAsync(write.AsTask(), buffer);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Inner.Dispose();
            _cut.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>
    /// Whether HttpClient reads before it writes, to learn whether the connection is still good: in the flow of the request that is to use it again, or, when it has been idle for a while, in nobody's and without taking a byte.
    /// </summary>
    private bool IsAhead(bool takesNothing) => OutgoingHead.Current is { IsUpload: true } upload ? upload != _upload : takesNothing && !OutgoingHead.IsInFlow;

    private void Begin(OutgoingHead upload)
    {
        if (_isOver)
        {
            throw new IOException("The upload before this one was cut off."); // Never seen: HttpClient closes such a connection.
        }

        (_upload, _headEnd, _left) = (upload, default, upload.BodyLength);
        if (_reading is { IsCompleted: true })
        {
            (_reading, _status) = (_count == 0 ? null : _reading, default);
        }
    }

    private void Count(ReadOnlySpan<byte> bytes)
    {
        var body = bytes[_headEnd.Read(bytes)..];
        _left = _upload!.BodyLength != long.MaxValue ? _left - body.Length : body.EndsWith(LastChunk) ? 0 : long.MaxValue;
    }

    /// <param name="isAwaited">HttpClient reads, too, and gets each piece as it comes; else what comes is put together to the end of a status line.</param>
    private Task StartReading(bool isAwaited = false)
    {
        _reading = ReadBesideWritingAsync(isAwaited);
        _reading.ContinueWith(static reading => reading.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return _reading;
    }

    private async Task ReadBesideWritingAsync(bool isAwaited)
    {
        _read = ArrayPool<byte>.Shared.Rent(MostReadAhead + CloseLine.Length);
        (_start, _count) = (0, 0);
        int count = 0, read, line;
        do
        {
            read = await Inner.ReadAsync(_read.AsMemory(count, MostReadAhead - count)).ConfigureAwait(false);
            line = _status.Read(_read.AsSpan(count, read)) is > 0 and var end ? count + end : 0;
            count += read;
        }
        while (read > 0 && count < MostReadAhead && line == 0 && !isAwaited);

        if (line == 0 || _status.Value < StatusCodes.Status400BadRequest || _left <= 0)
        {
            _count = count;
            return;
        }

        _isOver = true;
        _count = SayClose(line, count);
        await _cut.CancelAsync().ConfigureAwait(false); // A write that waits for the upstream.
    }

    private async ValueTask WriteBesideReadingAsync(Task write, ReadOnlyMemory<byte> buffer)
    {
        try
        {
            await write.ConfigureAwait(false);
            Count(buffer.Span);
        }
        catch (Exception exception) when (_isOver && exception is IOException or OperationCanceledException)
        {
            // The refusal has come.
        }
        catch (IOException) when (_reading is not null)
        {
            // The upstream has closed. If it has answered before that, this is the answer, whatever it is.
            await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_status.Value < StatusCodes.Status200OK)
            {
                throw;
            }

            _isOver = true;
        }
    }

    private async ValueTask<int> TakeAsync(Task reading, Memory<byte> buffer)
    {
        await reading.ConfigureAwait(false);
        var taken = Math.Min(buffer.Length, _count);
        _read.AsSpan(_start, taken).CopyTo(buffer.Span);
        (_start, _count) = (_start + taken, _count - taken);
        if (_count == 0 && _read.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_read);
            _read = [];
            if (_left > 0 && _status.IsInterim)
            {
                _ = StartReading(isAwaited: true); // HttpClient was told to go on (100), and writes the body now.
            }
        }

        return taken;
    }

    private int SayClose(int line, int count)
    {
        _read.AsSpan(line, count - line).CopyTo(_read.AsSpan(line + CloseLine.Length));
        CloseLine.CopyTo(_read.AsSpan(line));
        return count + CloseLine.Length;
    }
}
