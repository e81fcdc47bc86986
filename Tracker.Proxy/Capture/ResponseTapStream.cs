namespace Tracker.Proxy.Capture;

/// <summary>The client's response body, shown to a capture before it is written: a call whose end the client has seen has been handed over.</summary>
internal sealed class ResponseTapStream(Stream client, CallCapture capture) : PassThroughStream(client)
{
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        capture.ObserveResponse(buffer.ToArray());
        Inner.Write(buffer);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        capture.ObserveResponse(buffer);
        return Inner.WriteAsync(buffer, cancellationToken);
    }
}
