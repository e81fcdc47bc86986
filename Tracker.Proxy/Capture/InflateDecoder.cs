using System.IO.Compression;

namespace Tracker.Proxy.Capture;

/// <summary>
/// <c>gzip</c> and <c>deflate</c>. The framework only has streams that pull, so this one pulls from the piece at hand: a read that finds
/// nothing returns 0, and the next piece is read on from there.
/// </summary>
internal sealed class InflateDecoder(InflateFormat format) : ContentDecoder
{
    private readonly byte[] _buffer = new byte[BufferBytes];
    private readonly PieceStream _source = new();
    private Stream? _inflater;

    protected override void DecodePiece(ReadOnlyMemory<byte> piece, Output output)
    {
        if (piece.IsEmpty)
        {
            return;
        }

        _source.Piece = piece;
        _inflater ??= Open(piece.Span[0]);
        int read;
        while ((read = _inflater.Read(_buffer)) > 0)
        {
            Show(_buffer.AsSpan(0, read), output);
        }
    }

    protected override void Dispose(bool disposing) => _inflater?.Dispose();

    private Stream Open(byte first) => format switch
    {
        InflateFormat.GZip => new GZipStream(_source, CompressionMode.Decompress),
        InflateFormat.RawDeflate => new DeflateStream(_source, CompressionMode.Decompress),
        // A zlib stream begins with method 8 and a window of at most 32 KB (RFC 1950); raw deflate data never begins so in practice.
        _ when (first & 0x0F) == 8 && first >> 4 <= 7 => new ZLibStream(_source, CompressionMode.Decompress),
        _ => new DeflateStream(_source, CompressionMode.Decompress),
    };

    private sealed class PieceStream : Stream
    {
        public ReadOnlyMemory<byte> Piece { get; set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException("A body has no length here.");

        public override long Position
        {
            get => throw new NotSupportedException("A body has no position here.");
            set => throw new NotSupportedException("A body has no position here.");
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            var count = Math.Min(buffer.Length, Piece.Length);
            Piece.Span[..count].CopyTo(buffer);
            Piece = Piece[count..];
            return count;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("A body is read once.");

        public override void SetLength(long value) => throw new NotSupportedException("A body is read only.");

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("A body is read only.");
    }
}
