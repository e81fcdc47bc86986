using System.Buffers;
using ZstdSharp;
using ZstdSharp.Unsafe;

namespace Tracker.Proxy.Capture;

/// <summary><c>Content-Encoding: zstd</c>. The window, which the sender chooses, is bounded at the 8 MB that RFC 9659 allows on the web.</summary>
internal sealed class ZstdContentDecoder : ContentDecoder
{
    private const int LargestWindowLog = 23;
    private readonly byte[] _buffer = new byte[BufferBytes];
    private readonly Decompressor _decompressor = new();

    public ZstdContentDecoder() => _decompressor.SetParameter(ZSTD_dParameter.ZSTD_d_windowLogMax, LargestWindowLog);

    protected override void DecodePiece(ReadOnlyMemory<byte> piece, Output output)
    {
        var rest = piece.Span;
        int consumed, written;
        do
        {
            if (_decompressor.UnwrapStream(rest, _buffer, out consumed, out written) == OperationStatus.InvalidData)
            {
                throw new InvalidDataException("Damaged zstd data.");
            }

            rest = rest[consumed..];
            Show(_buffer.AsSpan(0, written), output);
        }
        while ((!rest.IsEmpty && consumed + written > 0) || written == _buffer.Length);
    }

    protected override void Dispose(bool disposing) => _decompressor.Dispose();
}
