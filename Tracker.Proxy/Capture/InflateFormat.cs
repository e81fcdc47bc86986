namespace Tracker.Proxy.Capture;

internal enum InflateFormat
{
    GZip,

    /// <summary>"deflate" is the zlib format (RFC 9110, 8.4.1.2), but some servers send raw deflate data.</summary>
    Deflate,
}
