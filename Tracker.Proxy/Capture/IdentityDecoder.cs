namespace Tracker.Proxy.Capture;

/// <summary>For bodies that are not encoded.</summary>
internal sealed class IdentityDecoder : ContentDecoder
{
    protected override void DecodePiece(ReadOnlyMemory<byte> piece, Output output) => output(piece.Span);

    protected override void Dispose(bool disposing)
    {
    }
}
