using System.Buffers.Text;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Tracker.Benchmarks;

/// <summary>The bytes that the upstream answers with.</summary>
internal static class UpstreamReplies
{
    private const string Headers = """
        HTTP/1.1 200 OK
        Date: Tue, 24 Nov 2026 12:00:00 GMT
        Content-Type: {0}
        {1}
        request-id: req_011CV00000000000000000
        anthropic-organization-id: 5a2eb04d-5b92-472b-90ee-9f1a49e699e3
        anthropic-ratelimit-requests-limit: 4000
        anthropic-ratelimit-requests-remaining: 3999
        anthropic-ratelimit-tokens-limit: 2000000
        anthropic-ratelimit-tokens-remaining: 1999000
        anthropic-ratelimit-tokens-reset: 2026-11-24T12:00:00Z
        strict-transport-security: max-age=31536000
        x-robots-tag: none
        Server: cloudflare
        """;

    private const int Digits = 17;
    private static readonly CompositeFormat Head = CompositeFormat.Parse(Headers.ReplaceLineEndings("\r\n") + "\r\n\r\n");
    private static readonly byte[] IdMark = "msg_01BENCH"u8.ToArray();
    private static readonly byte[] StreamHead = Encoding.UTF8.GetBytes(string.Format(CultureInfo.InvariantCulture, Head, "text/event-stream; charset=utf-8", "Transfer-Encoding: chunked"));
    private static readonly byte[] BulkBlock = Chunk(string.Concat(Enumerable.Repeat(Event("content_block_delta",
        """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"lorem ipsum dolor sit amet, consectetur"}}"""), 100)));

    private static readonly byte[] End = [
        .. Chunk(Event("content_block_stop", """{"type":"content_block_stop","index":0}""")
            + Event("message_delta", """{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":311}}""")
            + Event("message_stop", """{"type":"message_stop"}""")),
        .. "0\r\n\r\n"u8];

    private static long _calls;

    /// <summary>About 1 KB, for one connection, to be renewed for each call.</summary>
    public static byte[] Plain()
    {
        var body = $$"""{"id":"{{Encoding.ASCII.GetString(IdMark)}}{{0:D17}}","type":"message","role":"assistant","model":"claude-opus-4-8","content":[{"type":"text","text":"{{new string('x', 600)}}"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":1001,"cache_creation_input_tokens":3508,"cache_read_input_tokens":20007,"cache_creation":{"ephemeral_5m_input_tokens":3003,"ephemeral_1h_input_tokens":505},"output_tokens":311,"service_tier":"standard"} }""";
        return Encoding.UTF8.GetBytes(string.Format(CultureInfo.InvariantCulture, Head, "application/json", $"Content-Length: {body.Length}") + body);
    }

    /// <summary>Gives the reply the next id.</summary>
    public static byte[] Renew(byte[] reply)
    {
        WriteNumber(reply.AsSpan(reply.AsSpan().IndexOf(IdMark) + IdMark.Length, Digits), Interlocked.Increment(ref _calls));
        return reply;
    }

    /// <summary>The head and the first two events.</summary>
    public static byte[] StreamStart() =>
    [
        .. StreamHead,
        .. Chunk(Event("message_start", string.Create(CultureInfo.InvariantCulture,
            $$$"""{"type":"message_start","message":{"id":"msg_01BENCH{{{Interlocked.Increment(ref _calls):D17}}}","type":"message","role":"assistant","model":"claude-opus-4-8","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":1001,"cache_creation_input_tokens":3508,"cache_read_input_tokens":20007,"output_tokens":1,"service_tier":"standard"} } }"""))
            + Event("content_block_start", """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}""")),
    ];

    public static byte[] StreamEnd() => End;

    /// <summary>A hundred events in a chunk.</summary>
    public static byte[] Block() => BulkBlock;

    /// <summary>One event with the time of <see cref="Stopwatch"/>, which is one clock for all processes of a machine.</summary>
    public static byte[] TimedEvent()
    {
        return Chunk(Event("content_block_delta", string.Create(CultureInfo.InvariantCulture,
            $$$"""{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"lorem ipsum dolor"},"at":{{{Stopwatch.GetTimestamp():D19}}}}""")));
    }

    private static string Event(string name, string data) => $"event: {name}\ndata: {data}\n\n";

    private static byte[] Chunk(string text) => Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{text.Length:x}\r\n{text}\r\n"));

    private static void WriteNumber(Span<byte> room, long number) => Utf8Formatter.TryFormat(number, room, out _, new System.Buffers.StandardFormat('D', Digits));
}
