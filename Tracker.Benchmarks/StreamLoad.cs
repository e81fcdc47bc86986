using System.Buffers.Text;
using System.Diagnostics;
using System.Net.Sockets;

namespace Tracker.Benchmarks;

/// <summary>Opens slow streams one after the other until all are open at once, and takes the times of their events.</summary>
internal sealed class StreamLoad(string address, int streams, int events, int apartMs)
{
    private readonly byte[] _request = Wire.Request(address, $"?events={events}&apart={apartMs}", """{"model":"claude-opus-4-8","max_tokens":100,"stream":true,"messages":[{"role":"user","content":"hello"}]}"""u8);
    private int _ended;
    private int _broken;

    /// <param name="opening">In how many milliseconds the streams are opened; they live longer than that.</param>
    /// <param name="whenAllAreOpen">Called in that moment.</param>
    public async Task<StreamTimes> RunAsync(int opening, Action whenAllAreOpen)
    {
        var sockets = new List<Socket>();
        try
        {
            for (var i = 0; i < streams; i++)
            {
                sockets.Add(await Wire.ConnectAsync(address));
            }

            var running = await Task.Run(() => Open(sockets, opening, whenAllAreOpen)).ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            var results = await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            var delays = results.SelectMany(result => result.Delays).ToList();
            var firsts = results.Select(result => result.FirstByteMs).ToList();
            return new StreamTimes(firsts.Median(), firsts.P99(), delays.Median(), delays.P99(), _broken);
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }
    }

    private List<Task<OneStream>> Open(List<Socket> sockets, int opening, Action whenAllAreOpen)
    {
        var running = new List<Task<OneStream>>();
        var started = Stopwatch.GetTimestamp();
        foreach (var socket in sockets)
        {
            while (Stopwatch.GetElapsedTime(started).TotalMilliseconds < running.Count * (double)opening / sockets.Count)
            {
                Thread.Sleep(1);
            }

            running.Add(ReadAsync(socket));
        }

        Thread.Sleep(200);
        if (Volatile.Read(ref _ended) > 0)
        {
            throw new InvalidOperationException("Streams ended before all were open: the machine is too slow for these numbers.");
        }

        whenAllAreOpen();
        return running;
    }

    private async Task<OneStream> ReadAsync(Socket socket)
    {
        var result = new OneStream(events);
        var buffer = new byte[8 * 1024];
        var filled = 0;
        var sent = Stopwatch.GetTimestamp();
        await socket.SendAsync(_request);
        while (!result.Ended)
        {
            var count = await socket.ReceiveAsync(buffer.AsMemory(filled));
            if (count == 0)
            {
                break;
            }

            filled += count;
            var now = Stopwatch.GetTimestamp();
            var used = ReadLines(buffer.AsSpan(0, filled), result, sent, now);
            buffer.AsSpan(used, filled - used).CopyTo(buffer);
            filled -= used;
        }

        Interlocked.Increment(ref _ended);
        if (!result.Ended || result.Delays.Count != events)
        {
            Interlocked.Increment(ref _broken);
        }

        return result;
    }

    private static int ReadLines(ReadOnlySpan<byte> bytes, OneStream result, long sent, long now)
    {
        var used = 0;
        int end;
        while ((end = bytes[used..].IndexOf((byte)'\n')) >= 0)
        {
            var line = bytes.Slice(used, end);
            used += end + 1;
            if (line.StartsWith("data:"u8))
            {
                if (result.FirstByteMs == 0)
                {
                    result.FirstByteMs = Stopwatch.GetElapsedTime(sent, now).TotalMilliseconds;
                }

                var at = line.IndexOf("\"at\":"u8);
                if (at >= 0 && Utf8Parser.TryParse(line[(at + 5)..], out long written, out _))
                {
                    result.Delays.Add(Stopwatch.GetElapsedTime(written, now).TotalMilliseconds);
                }
            }
            else if (line.SequenceEqual("0\r"u8))
            {
                result.Ended = true;
            }
            else if (line.StartsWith("HTTP/"u8))
            {
                Wire.RequireSuccess(line);
            }
        }

        return used;
    }

    private sealed class OneStream(int events)
    {
        /// <summary>The first byte of the body, in milliseconds after the request was sent; a head alone tells a client nothing.</summary>
        public double FirstByteMs { get; set; }

        public List<double> Delays { get; } = new(events);

        public bool Ended { get; set; }
    }
}

/// <param name="FirstByteMedianMs">From the request to the first byte of the answer's body.</param>
/// <param name="FirstByteP99Ms">The same for 99 % of the streams.</param>
/// <param name="DelayMedianMs">From the upstream's writing of an event to the client's reading of it.</param>
/// <param name="DelayP99Ms">The same for 99 % of the events.</param>
/// <param name="Broken">Streams that lacked an event or their end.</param>
internal sealed record StreamTimes(double FirstByteMedianMs, double FirstByteP99Ms, double DelayMedianMs, double DelayP99Ms, int Broken);
