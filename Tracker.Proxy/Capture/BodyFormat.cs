using System.Buffers;

namespace Tracker.Proxy.Capture;

/// <summary>How a body holds its JSON.</summary>
internal enum BodyFormat
{
    /// <summary>One document.</summary>
    Json,

    /// <summary><c>text/event-stream</c>: a document in each event.</summary>
    EventStream,

    /// <summary><c>application/x-ndjson</c>: a document in each line.</summary>
    JsonLines,

    /// <summary>The messages of a WebSocket: a document in each.</summary>
    Messages,
}

internal static class BodyFormats
{
    private static readonly SearchValues<byte> Blank = SearchValues.Create([.. " \t\r\n"u8, 0xEF, 0xBB, 0xBF]); // A byte order mark may come first.

    /// <summary>What the header says. It can be missing or wrong: ask <see cref="Settle"/> once the body begins.</summary>
    public static BodyFormat FromContentType(string? contentType)
    {
        var type = contentType.AsSpan().TrimStart();
        return type.StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase) ? BodyFormat.EventStream
            : type.StartsWith("application/x-ndjson", StringComparison.OrdinalIgnoreCase) || type.StartsWith("application/jsonl", StringComparison.OrdinalIgnoreCase) ? BodyFormat.JsonLines
            : BodyFormat.Json;
    }

    /// <summary>
    /// What the body is: ChatGPT's backend has sent event streams without a content type (openclaw/openclaw#91662, 2026-06-09), other servers with
    /// <c>text/plain</c> or <c>application/json</c>. Its first byte tells: JSON cannot begin with that of <c>event:</c>, <c>data:</c>, <c>id:</c>,
    /// <c>retry:</c> or a comment, nor a stream with a bracket.
    /// </summary>
    /// <param name="told">What the header says: decides between a document and lines, and where the byte does not.</param>
    /// <param name="first">The first byte that <see cref="TrimStart"/> leaves.</param>
    public static BodyFormat Settle(BodyFormat told, byte first) => first switch
    {
        (byte)'e' or (byte)'d' or (byte)'i' or (byte)'r' or (byte)':' => BodyFormat.EventStream,
        (byte)'{' or (byte)'[' when told == BodyFormat.EventStream => BodyFormat.Json,
        _ => told,
    };

    /// <summary>A body's beginning without what says nothing.</summary>
    public static ReadOnlySpan<byte> TrimStart(ReadOnlySpan<byte> body)
    {
        var at = body.IndexOfAnyExcept(Blank);
        return at < 0 ? default : body[at..];
    }
}
