using System.Buffers;
using System.IO.Compression;

namespace Tracker.Proxy.Capture;

/// <summary><c>Content-Encoding: br</c>.</summary>
internal sealed class BrotliContentDecoder : ContentDecoder
{
    private readonly byte[] _buffer = new byte[BufferBytes];
    private BrotliDecoder _decoder;

    protected override void DecodePiece(ReadOnlyMemory<byte> piece, Output output)
    {
        var rest = piece.Span;
        while (true)
        {
            var status = _decoder.Decompress(rest, _buffer, out var consumed, out var written);
            rest = rest[consumed..];
            Show(_buffer.AsSpan(0, written), output);
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
