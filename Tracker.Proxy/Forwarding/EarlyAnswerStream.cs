using System.Buffers;
using Tracker.Proxy.Capture;

namespace Tracker.Proxy.Forwarding;

/// <summary>
/// Lets an upstream over HTTP/1.1 refuse an upload before it has all of it (413, 401), as clients see it without us. HttpClient reads only when it has written the whole body: of an upstream that answers and
/// closes it sees a broken connection, and one that answers and no longer reads it waits for. So there is a read beside the writing of a large body. When that brings a refusal, the rest of the body is taken and thrown
/// away, HttpClient finds the answer, and <c>Connection: close</c> in it: what was left out would be missing before the next request.
/// </summary>
/// <remarks>Of an answer that is no refusal nothing is changed: a server may answer a body while it comes.</remarks>
internal sealed class EarlyAnswerStream(Stream connection) : PassThroughStream(connection)
{
    private const int MostReadAhead = 4096;
    private const int StatusLineBeginning = 12; // HTTP/1.1 413
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
    private int _status; // Of the answer, once it has come.
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
            _left = 0; // No upload has begun.
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

        (_upload, _headEnd, _left, _status) = (upload, default, upload.BodyLength, 0);
        if (_reading is { IsCompleted: true } && _count == 0)
        {
            _reading = null;
        }
    }

    private void Count(ReadOnlySpan<byte> bytes)
    {
        var body = bytes[_headEnd.Read(bytes)..];
        _left = _upload!.BodyLength != long.MaxValue ? _left - body.Length : body.EndsWith(LastChunk) ? 0 : long.MaxValue;
    }

    private Task StartReading()
    {
        _reading = ReadBesideWritingAsync();
        _reading.ContinueWith(static reading => reading.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return _reading;
    }

    private async Task ReadBesideWritingAsync()
    {
        _read = ArrayPool<byte>.Shared.Rent(MostReadAhead + CloseLine.Length);
        (_start, _count) = (0, 0);
        var count = 0;
        int read;
        do
        {
            read = await Inner.ReadAsync(_read.AsMemory(count, MostReadAhead - count)).ConfigureAwait(false);
            count += read;
        }
        while (read > 0 && count < MostReadAhead && !_read.AsSpan(0, count).Contains((byte)'\n'));

        _status = StatusOf(_read.AsSpan(0, count));
        if (_status >= StatusCodes.Status400BadRequest && _left > 0)
        {
            count = SayClose(count);
            _isOver = true;
        }

        _count = count;
    }

    private async ValueTask WriteBesideReadingAsync(Task write, ReadOnlyMemory<byte> buffer)
    {
        var reading = _reading;
        try
        {
            if (reading is not null && await Task.WhenAny(write, reading).ConfigureAwait(false) == reading && _isOver)
            {
                await _cut.CancelAsync().ConfigureAwait(false);
                await write.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return;
            }

            await write.ConfigureAwait(false);
            Count(buffer.Span);
        }
        catch (IOException) when (reading is not null)
        {
            // The upstream has closed. If it has answered before that, this is the answer, whatever it is.
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_status < StatusCodes.Status200OK)
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
        }

        return taken;
    }

    private int SayClose(int count)
    {
        var line = _read.AsSpan(0, count).IndexOf((byte)'\n') + 1;
        _read.AsSpan(line, count - line).CopyTo(_read.AsSpan(line + CloseLine.Length));
        CloseLine.CopyTo(_read.AsSpan(line));
        return count + CloseLine.Length;
    }

    private static int StatusOf(ReadOnlySpan<byte> answer) =>
        answer.Length >= StatusLineBeginning && answer.Contains((byte)'\n') && answer.StartsWith("HTTP/1."u8) && System.Buffers.Text.Utf8Parser.TryParse(answer[9..StatusLineBeginning], out int status, out var length) && length == 3
            ? status
            : 0;
}
