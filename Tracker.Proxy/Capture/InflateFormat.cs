namespace Tracker.Proxy.Capture;

internal enum InflateFormat
{
    GZip,

    /// <summary>"deflate" is the zlib format (RFC 9110, 8.4.1.2), but some servers send raw deflate data.</summary>
    Deflate,

    /// <summary>Deflate data and nothing around it, as in permessage-deflate.</summary>
    RawDeflate,
}
