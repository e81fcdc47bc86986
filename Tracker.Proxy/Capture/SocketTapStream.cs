namespace Tracker.Proxy.Capture;

/// <summary>The client's connection once it is a WebSocket, shown to a capture in both directions.</summary>
internal sealed class SocketTapStream(Stream client, SocketCapture capture) : PassThroughStream(client)
{
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await Inner.ReadAsync(buffer, cancellationToken);
        capture.ObserveClient(buffer[..count]);
        return count;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        capture.ObserveUpstream(buffer);
        return Inner.WriteAsync(buffer, cancellationToken);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Inner.Dispose();
        }

        base.Dispose(disposing);
    }
}
