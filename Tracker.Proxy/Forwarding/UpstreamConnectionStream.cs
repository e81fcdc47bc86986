using Tracker.Proxy.Capture;

namespace Tracker.Proxy.Forwarding;

/// <summary>
/// A connection to an upstream over HTTP/1.1, which writes heads as <see cref="OutgoingHead"/> says. How far a head has been written is the connection's to know: HttpClient writes a request
/// whose connection turns out to be closed again to another one, and asks an HTTP proxy for a tunnel (CONNECT) in the flow of the request that needs it.
/// </summary>
internal sealed class UpstreamConnectionStream(Stream connection) : PassThroughStream(connection)
{
    private readonly EarlyAnswerStream _answering = new(connection);
    private OutgoingHead? _head;
    private HeadEnd _headEnd;
    private bool _isUsed;
    private bool _isTunnel;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _isTunnel ? Inner.ReadAsync(buffer, cancellationToken) : _answering.ReadAsync(buffer, cancellationToken);

    public override void Write(ReadOnlySpan<byte> buffer) => Inner.Write(HeadOf(buffer) is null ? buffer : KeepLinesApart(buffer.ToArray()).Span);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        HeadOf(buffer.Span) is { } head
            ? head.WriteAsync(_answering, KeepLinesApart(buffer), cancellationToken)
            : Inner.WriteAsync(buffer, cancellationToken);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _answering.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <returns>That of the request which writes; null if bytes are to pass as they are.</returns>
    private OutgoingHead? HeadOf(ReadOnlySpan<byte> bytes)
    {
        if (!_isUsed)
        {
            (_isUsed, _isTunnel) = (true, bytes.StartsWith("CONNECT "u8));
        }

        if (_isTunnel || OutgoingHead.Current is not { } head)
        {
            return null; // What is in a tunnel is written to a stream of its own, and passes here encrypted.
        }

        if (head != _head || (head.IsAlone && _headEnd.IsReached))
        {
            (_head, _headEnd) = (head, default);
        }

        return head;
    }

    private ReadOnlyMemory<byte> KeepLinesApart(ReadOnlyMemory<byte> bytes)
    {
        if (!_head!.KeepsLinesApart || _headEnd.IsReached)
        {
            return bytes;
        }

        var length = _headEnd.Read(bytes.Span);
        return SeparateHeaderLines.Split(bytes.Span, length);
    }
}
