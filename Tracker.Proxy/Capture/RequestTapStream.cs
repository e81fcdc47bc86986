namespace Tracker.Proxy.Capture;

/// <summary>The client's request body, shown to a capture as it is read.</summary>
internal sealed class RequestTapStream(Stream client, CallCapture capture) : PassThroughStream(client)
{
    public override int Read(Span<byte> buffer)
    {
        var count = Inner.Read(buffer);
        capture.ObserveRequest(buffer[..count].ToArray());
        return count;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await Inner.ReadAsync(buffer, cancellationToken);
        capture.ObserveRequest(buffer[..count]);
        return count;
    }
}
