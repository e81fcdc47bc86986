using System.Buffers;
using System.IO.Compression;

namespace Tracker.Proxy.Capture;

/// <summary><c>Content-Encoding: br</c>.</summary>
internal sealed class BrotliContentDecoder : ContentDecoder
{
    private BrotliDecoder _decoder;

    protected override void DecodePiece(ReadOnlyMemory<byte> piece, byte[] buffer, Output output)
    {
        var rest = piece.Span;
        while (true)
        {
            var status = _decoder.Decompress(rest, buffer, out var consumed, out var written);
            rest = rest[consumed..];
            Show(buffer.AsSpan(0, written), output);
            switch (status)
            {
                case OperationStatus.DestinationTooSmall:
                    continue;
                case OperationStatus.InvalidData:
                    throw new InvalidDataException("Damaged brotli data.");
                default:
                    return;
            }
        }
    }

    protected override void Dispose(bool disposing) => _decoder.Dispose();
}
