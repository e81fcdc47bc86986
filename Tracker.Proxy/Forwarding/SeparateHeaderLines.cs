using System.Net;
using System.Net.Http.Headers;
using Tracker.Proxy.Capture;

namespace Tracker.Proxy.Forwarding;

/// <summary>
/// Keeps header lines of the same name apart. HttpClient joins them with a comma, which means the same (RFC 9110, 5.3) but is not what the
/// client sent. So the values are joined here by a mark that no header can contain, and the stream that carries the head to the upstream
/// writes a new line for each mark. Only such requests take the detour.
/// </summary>
internal static class SeparateHeaderLines
{
    /// <summary>A control character: Kestrel refuses requests that have one in a header.</summary>
    private const char LineMark = '\u001f';

    // Set in the flow of the request, and seen by the connection's stream, because HttpClient writes the head within that flow.
    private static readonly AsyncLocal<PendingHead?> Current = new();

    /// <summary>
    /// To be called in the request's own flow, before it is sent. (An AsyncLocal that a called method sets is not seen by its caller.)
    /// </summary>
    /// <returns>Whether the request has header lines to keep apart.</returns>
    public static bool Prepare(IHeaderDictionary headers)
    {
        foreach (var header in headers)
        {
            if (header.Value.Count > 1)
            {
                Current.Value = new PendingHead();
                return true;
            }
        }

        return false;
    }

    /// <summary>Joins repeated values by the mark. The request must go out over HTTP/1.1, which alone has lines.</summary>
    public static void Mark(HttpRequestMessage request)
    {
        Mark(request.Headers);
        if (request.Content is not null)
        {
            Mark(request.Content.Headers);
        }

        request.Version = HttpVersion.Version11;
        request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
    }

    /// <summary>Wraps a connection to an upstream.</summary>
    public static Stream Wrap(Stream connection) => new HeadWriter(connection);

    private static void Mark(HttpHeaders headers)
    {
        foreach (var (name, values) in headers.NonValidated.Where(header => header.Value.Count > 1).ToList())
        {
            headers.Remove(name);
            headers.TryAddWithoutValidation(name, string.Join($"{LineMark}{name}: ", values));
        }
    }

    private sealed class PendingHead
    {
        public int LineFeedsInARow { get; set; }

        public bool IsWritten { get; set; }
    }

    private sealed class HeadWriter(Stream connection) : PassThroughStream(connection)
    {
        private static readonly byte[] NewLine = "\r\n"u8.ToArray();

        public override void Write(ReadOnlySpan<byte> buffer) => Inner.Write(Current.Value is { IsWritten: false } head ? Split(buffer, head) : buffer);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            Inner.WriteAsync(Current.Value is { IsWritten: false } head ? Split(buffer.Span, head) : buffer, cancellationToken);

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                Inner.Dispose();
            }

            base.Dispose(disposing);
        }

        private static byte[] Split(ReadOnlySpan<byte> bytes, PendingHead head)
        {
            var result = new List<byte>(bytes.Length + 64);
            for (var i = 0; i < bytes.Length; i++)
            {
                if (head.IsWritten)
                {
                    result.AddRange(bytes[i..]);
                    break;
                }

                if (bytes[i] == LineMark)
                {
                    result.AddRange(NewLine);
                    continue;
                }

                result.Add(bytes[i]);
                head.LineFeedsInARow = bytes[i] switch { (byte)'\n' => head.LineFeedsInARow + 1, (byte)'\r' => head.LineFeedsInARow, _ => 0 };
                head.IsWritten = head.LineFeedsInARow == 2;
            }

            return [.. result];
        }
    }
}
