using System.Net;
using System.Net.Http.Headers;

namespace Tracker.Proxy.Forwarding;

/// <summary>
/// Keeps header lines of the same name apart. HttpClient joins them with a comma, which means the same (RFC 9110, 5.3) but is not what the
/// client sent. So the values are joined here by a mark, and the stream that carries the head to the upstream writes a new line for each mark.
/// Only such requests take the detour, and of these none that has the mark anywhere already: whoever sent it would write lines, or a whole
/// request, of their own.
/// </summary>
internal static class SeparateHeaderLines
{
    /// <summary>A control character, which hardly anybody sends. Kestrel and HttpClient pass it on in values and targets.</summary>
    private const char LineMark = '\u001f';

    private static readonly byte[] NewLine = "\r\n"u8.ToArray();

    /// <returns>Whether a request has header lines to keep apart.</returns>
    public static bool AreIn(IHeaderDictionary headers)
    {
        foreach (var header in headers)
        {
            if (header.Value.Count > 1)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Joins repeated values by the mark. The request must go out over HTTP/1.1, which alone has lines.</summary>
    /// <param name="request">As it is to be sent: nothing is added to it afterwards but what HttpClient makes of its address.</param>
    /// <returns><see langword="false"/> for a request that has the mark of its own: nothing is changed, and HttpClient joins the lines.</returns>
    public static bool TryMark(HttpRequestMessage request)
    {
        if (HasMark(request))
        {
            return false;
        }

        Mark(request.Headers);
        if (request.Content is not null)
        {
            Mark(request.Content.Headers);
        }

        request.Version = HttpVersion.Version11;
        request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
        return true;
    }

    /// <summary>Writes a new line for each mark in a head.</summary>
    /// <param name="bytes">The head, or a piece of it, and what is written with it.</param>
    /// <param name="headLength">How many of the bytes are the head's.</param>
    public static byte[] Split(ReadOnlySpan<byte> bytes, int headLength)
    {
        var result = new List<byte>(bytes.Length + 64);
        foreach (var value in bytes[..headLength])
        {
            if (value == LineMark)
            {
                result.AddRange(NewLine);
            }
            else
            {
                result.Add(value);
            }
        }

        result.AddRange(bytes[headLength..]);
        return [.. result];
    }

    private static bool HasMark(HttpRequestMessage request) =>
        request.RequestUri!.OriginalString.Contains(LineMark) || HasMark(request.Headers) || (request.Content is not null && HasMark(request.Content.Headers));

    private static bool HasMark(HttpHeaders headers)
    {
        foreach (var (name, values) in headers.NonValidated)
        {
            if (name.Contains(LineMark) || values.Any(value => value.Contains(LineMark)))
            {
                return true;
            }
        }

        return false;
    }

    private static void Mark(HttpHeaders headers)
    {
        foreach (var (name, values) in headers.NonValidated.Where(header => header.Value.Count > 1).ToList())
        {
            headers.Remove(name);
            headers.TryAddWithoutValidation(name, string.Join($"{LineMark}{name}: ", values));
        }
    }
}
