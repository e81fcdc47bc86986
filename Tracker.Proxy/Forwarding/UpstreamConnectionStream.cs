using Tracker.Proxy.Capture;

namespace Tracker.Proxy.Forwarding;

/// <summary>A connection to an upstream over HTTP/1.1, which writes heads as <see cref="OutgoingHead"/> says.</summary>
internal sealed class UpstreamConnectionStream(Stream connection) : PassThroughStream(connection)
{
    public override void Write(ReadOnlySpan<byte> buffer) => Inner.Write(OutgoingHead.Current is { KeepsLinesApart: true } head ? SeparateHeaderLines.Split(buffer, head) : buffer);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        OutgoingHead.Current is { } head
            ? head.WriteAsync(Inner, head.KeepsLinesApart ? SeparateHeaderLines.Split(buffer.Span, head) : buffer, cancellationToken)
            : Inner.WriteAsync(buffer, cancellationToken);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Inner.Dispose();
        }

        base.Dispose(disposing);
    }
}
