using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Tracker.Benchmarks;

/// <summary>
/// Answers every request as the Messages API would, at as little cost as there can be: about 1 KB of JSON with an id of its own; with <c>?events=n&amp;apart=ms</c>
/// a slow stream, whose events carry the time at which they were written; with <c>?megabytes=n</c> a stream as fast as it is taken.
/// </summary>
internal static class Upstream
{
    public static void Run()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(4096);
        Console.WriteLine($"http://{listener.LocalEndPoint}");
        _ = AcceptAsync(listener);
        Console.In.ReadToEnd();
    }

    private static async Task AcceptAsync(Socket listener)
    {
        while (true)
        {
            var connection = await listener.AcceptAsync();
            connection.NoDelay = true;
            _ = ServeAsync(connection);
        }
    }

    private static async Task ServeAsync(Socket connection)
    {
        using var _ = connection;
        var buffer = new byte[16 * 1024];
        var reply = UpstreamReplies.Plain();
        try
        {
            while (await ReadHeadAsync(connection, buffer) is { Length: > 0 } request)
            {
                await ReadBodyAsync(connection, buffer, request);
                var query = Query(buffer.AsSpan(0, request.HeadLength));
                if (query.Events > 0)
                {
                    await connection.SendAsync(UpstreamReplies.StreamStart());
                    await StreamPacer.Instance.RunAsync(connection, query.Events, query.Apart);
                }
                else if (query.Megabytes > 0)
                {
                    await SendBulkAsync(connection, query.Megabytes);
                }
                else
                {
                    await connection.SendAsync(UpstreamReplies.Renew(reply));
                }
            }
        }
        catch (SocketException)
        {
            // The proxy has closed the connection.
        }
    }

    private static async Task<Request> ReadHeadAsync(Socket connection, byte[] buffer)
    {
        var filled = 0;
        while (true)
        {
            var count = await connection.ReceiveAsync(buffer.AsMemory(filled));
            if (count == 0)
            {
                return default;
            }

            filled += count;
            var end = buffer.AsSpan(0, filled).IndexOf(Wire.HeadEnd);
            if (end >= 0)
            {
                return new Request(filled, end, Wire.ContentLength(buffer.AsSpan(0, end)));
            }
        }
    }

    private static async Task ReadBodyAsync(Socket connection, byte[] buffer, Request request)
    {
        var first = request.HeadLength + Wire.HeadEnd.Length;
        var body = request.ContentLength is null ? new ChunkedBody() : null;
        body?.Read(buffer.AsSpan(first, request.Length - first));
        var left = (request.ContentLength ?? 0) - (request.Length - first);
        // The head stays: its query is still to be read.
        var room = buffer.AsMemory(first);
        while (body is null ? left > 0 : !body.Ended)
        {
            var count = await connection.ReceiveAsync(room);
            if (count == 0)
            {
                throw new SocketException((int)SocketError.ConnectionReset);
            }

            left -= count;
            body?.Read(room.Span[..count]);
        }
    }

    private static async Task SendBulkAsync(Socket connection, int megabytes)
    {
        await connection.SendAsync(UpstreamReplies.StreamStart());
        var block = UpstreamReplies.Block();
        for (var sent = 0L; sent < megabytes * 1_000_000L; sent += block.Length)
        {
            await connection.SendAsync(block);
        }

        await connection.SendAsync(UpstreamReplies.StreamEnd());
    }

    private static (int Events, int Apart, int Megabytes) Query(ReadOnlySpan<byte> head)
    {
        var line = head[..head.IndexOf((byte)'\r')];
        var mark = line.IndexOf((byte)'?');
        if (mark < 0)
        {
            return default;
        }

        var values = System.Web.HttpUtility.ParseQueryString(Encoding.ASCII.GetString(line[(mark + 1)..line.LastIndexOf((byte)' ')]));
        int Value(string name) => values[name] is { } text ? int.Parse(text) : 0;
        return (Value("events"), Value("apart"), Value("megabytes"));
    }

    private readonly record struct Request(int Length, int HeadLength, int? ContentLength);
}
