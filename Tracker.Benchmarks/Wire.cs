using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Tracker.Benchmarks;

/// <summary>As much HTTP/1.1 as driver and upstream need, without copies and objects: a heavy driver hides what it should show.</summary>
internal static class Wire
{
    public static ReadOnlySpan<byte> HeadEnd => "\r\n\r\n"u8;

    /// <summary>A request as a coding agent sends it.</summary>
    public static byte[] Request(string address, string query, ReadOnlySpan<byte> body)
    {
        var head = string.Create(CultureInfo.InvariantCulture, $"""
            POST /v1/messages{query} HTTP/1.1
            Host: {address["http://".Length..]}
            Accept: application/json
            Content-Type: application/json
            User-Agent: claude-cli/2.1.330 (external, cli)
            x-api-key: sk-ant-api03-benchmark
            anthropic-version: 2023-06-01
            anthropic-beta: claude-code-20250219,interleaved-thinking-2025-05-14
            X-Claude-Code-Session-Id: 5a2eb04d-5b92-472b-90ee-9f1a49e699e3
            X-Stainless-Lang: js
            X-Stainless-Retry-Count: 0
            Content-Length: {body.Length}
            """).ReplaceLineEndings("\r\n") + "\r\n\r\n";
        return [.. Encoding.ASCII.GetBytes(head), .. body];
    }

    public static async Task<Socket> ConnectAsync(string address)
    {
        var uri = new Uri(address);
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, uri.Port));
        return socket;
    }

    /// <summary>The length of a message with a <c>Content-Length</c>, from its first to its last byte.</summary>
    /// <returns>0 while its head is not whole.</returns>
    public static int LengthOfReply(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOf(HeadEnd);
        if (end < 0)
        {
            return 0;
        }

        RequireSuccess(bytes);
        return end + HeadEnd.Length + (ContentLength(bytes[..end]) ?? throw new InvalidOperationException("A reply without a length."));
    }

    public static void RequireSuccess(ReadOnlySpan<byte> head)
    {
        if (!head.StartsWith("HTTP/1.1 200"u8))
        {
            throw new InvalidOperationException("The answer was: " + Encoding.UTF8.GetString(head));
        }
    }

    public static int? ContentLength(ReadOnlySpan<byte> head)
    {
        var name = "\r\ncontent-length:"u8;
        for (var at = head.IndexOf((byte)'\r'); at >= 0 && at + name.Length < head.Length;)
        {
            if (Ascii.EqualsIgnoreCase(head.Slice(at, name.Length), name))
            {
                var value = head[(at + name.Length)..];
                var end = value.IndexOf((byte)'\r');
                return int.Parse(end < 0 ? value : value[..end], NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture);
            }

            var next = head[(at + 1)..].IndexOf((byte)'\r');
            at = next < 0 ? -1 : at + 1 + next;
        }

        return null;
    }
}
