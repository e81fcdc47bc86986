namespace Tracker.Proxy.Capture;

/// <summary>
/// Decodes the copy of a body as its pieces come by, so that a reader sees plain bytes while the client gets the encoded ones. Gives up on
/// damaged data, and on data that unpacks to more than <see cref="MostDecodedBytes"/>.
/// </summary>
internal abstract class ContentDecoder : IDisposable
{
    /// <summary>A bound on the work that a small hostile body can cause, which comes before its bytes go on; the memory is constant anyway.</summary>
    public const long MostDecodedBytes = 128L * 1024 * 1024;

    protected const int BufferBytes = 16 * 1024;
    private long _decodedBytes;

    /// <summary>Receives decoded bytes, valid during the call.</summary>
    internal delegate void Output(ReadOnlySpan<byte> bytes);

    /// <summary>Nothing more can be decoded; what was shown so far is right.</summary>
    public bool Failed { get; private set; }

    /// <summary>The decoder for a Content-Encoding.</summary>
    /// <param name="contentEncoding">The header's value.</param>
    /// <param name="decoder">Null for a body that is not encoded.</param>
    /// <returns><see langword="false"/> for an encoding that is not known here: such a body cannot be read.</returns>
    public static bool TryCreate(string? contentEncoding, out ContentDecoder? decoder)
    {
        var encoding = contentEncoding?.Trim().ToUpperInvariant();
        decoder = encoding switch
        {
            "GZIP" or "X-GZIP" => new InflateDecoder(InflateFormat.GZip),
            "DEFLATE" => new InflateDecoder(InflateFormat.Deflate),
            "BR" => new BrotliContentDecoder(),
            "ZSTD" => new ZstdContentDecoder(),
            _ => null,
        };
        return decoder is not null || encoding is null or "" or "IDENTITY";
    }

    /// <summary>Decodes as much as <paramref name="piece"/> allows.</summary>
    public void Decode(ReadOnlyMemory<byte> piece, Output output)
    {
        if (Failed)
        {
            return;
        }

        try
        {
            DecodePiece(piece, output);
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException)
        {
            Failed = true;
        }
    }

    /// <summary>Another body follows in the same stream: <see cref="MostDecodedBytes"/> is counted anew.</summary>
    public void BeginMessage() => _decodedBytes = 0;

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected abstract void DecodePiece(ReadOnlyMemory<byte> piece, Output output);

    protected abstract void Dispose(bool disposing);

    protected void Show(ReadOnlySpan<byte> bytes, Output output)
    {
        _decodedBytes += bytes.Length;
        if (_decodedBytes > MostDecodedBytes)
        {
            throw new InvalidDataException("The body unpacks to more than Tracker reads.");
        }

        output(bytes);
    }
}
