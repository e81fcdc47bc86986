namespace Tracker.Proxy.Capture;

/// <summary>Receives what an <see cref="SseScanner"/> finds.</summary>
internal interface ISseVisitor
{
    /// <summary>A piece of the current event's data.</summary>
    void OnData(ReadOnlySpan<byte> piece);

    /// <summary>A blank line: the event is complete. Also called for blank lines without an event before them.</summary>
    void OnEventEnd();
}
