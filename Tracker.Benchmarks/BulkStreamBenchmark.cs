using System.Diagnostics;

namespace Tracker.Benchmarks;

/// <summary>One stream of 200 MB of small events, through processes that have just started: the memory must not grow with the stream.</summary>
internal static class BulkStreamBenchmark
{
    private const int Rounds = 5;
    private const int Megabytes = 200;
    private const int First = 20;
    private const int FirstStreams = 4;

    public static async Task RunAsync()
    {
        using var peers = new Peers();
        var scores = new Scoreboard();
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var (name, peer) in peers.All)
            {
                using var fresh = name switch { Peers.Bare => peers.StartBare(), Peers.Tracker => peers.StartTracker(), _ => null };
                await MeasureAsync(scores, name, fresh ?? peer);
            }
        }

        scores.Print($"a stream of {Megabytes} MB, {Rounds} rounds",
        [
            new("MB/s", "rate", Goal.AtLeast(0.90)),
            new("CPU s per 100 MB", "cpu"),
            new("peak MB", "memory"),
            new($"peak MB over that of {First} MB", "growth", Goal.ValueAtMost(10)),
        ]);
    }

    private static async Task MeasureAsync(Scoreboard scores, string name, ChildProcess peer)
    {
        // What the first streams make a process compile and allocate is the same for small ones.
        await RequestLoad.RunAsync(peer.Address, 4, 2_000);
        var afterFirst = 0.0;
        for (var i = 0; i < FirstStreams; i++)
        {
            afterFirst = Math.Max(afterFirst, (await RunAsync(peer, First)).PeakMegabytes);
            peer.Settle();
        }

        var before = peer.ProcessorTime;
        var (rate, most) = await RunAsync(peer, Megabytes);
        scores.Add("rate", name, rate);
        if (name != Peers.Direct)
        {
            scores.Add("cpu", name, (peer.ProcessorTime - before).TotalSeconds * 100 / Megabytes);
            scores.Add("memory", name, most);
            scores.Add("growth", name, most - afterFirst);
        }
    }

    private static async Task<(double MegabytesPerSecond, double PeakMegabytes)> RunAsync(ChildProcess peer, int megabytes)
    {
        using var peak = new PeakMemory(peer);
        using var socket = await Wire.ConnectAsync(peer.Address);
        var started = Stopwatch.GetTimestamp();
        await socket.SendAsync(Wire.Request(peer.Address, $"?megabytes={megabytes}", """{"model":"claude-opus-4-8","max_tokens":100,"stream":true,"messages":[{"role":"user","content":"hello"}]}"""u8));
        var buffer = new byte[64 * 1024];
        var body = new ChunkedBody();
        var headIsRead = false;
        while (!body.Ended)
        {
            var count = await socket.ReceiveAsync(buffer);
            if (count == 0)
            {
                throw new InvalidOperationException("The stream broke off.");
            }

            var bytes = buffer.AsSpan(0, count);
            if (!headIsRead)
            {
                Wire.RequireSuccess(bytes);
                bytes = bytes[(bytes.IndexOf(Wire.HeadEnd) + Wire.HeadEnd.Length)..]; // The head comes in one piece.
                headIsRead = true;
            }

            body.Read(bytes);
        }

        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var rate = body.Bytes / 1e6 / Stopwatch.GetElapsedTime(started).TotalSeconds;
        return body.Bytes > megabytes * 990_000L ? (rate, peak.Megabytes) : throw new InvalidOperationException($"Only {body.Bytes} bytes came.");
    }
}
