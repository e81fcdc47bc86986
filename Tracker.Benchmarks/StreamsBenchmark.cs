namespace Tracker.Benchmarks;

/// <summary>Slow streams, as models write them: 50, 500 and 2000 at once.</summary>
internal static class StreamsBenchmark
{
    private const int WarmUp = 20_000;
    private const int Rounds = 3;
    private static readonly (int Streams, int Events, int ApartMs, int OpeningMs)[] Loads = [(50, 40, 20, 250), (500, 15, 100, 750), (2000, 6, 400, 1500)];

    public static async Task RunAsync()
    {
        using var peers = new Peers();
        foreach (var (_, peer) in peers.All)
        {
            await RequestLoad.RunAsync(peer.Address, 16, WarmUp);
            await new StreamLoad(peer.Address, 200, 40, 10).RunAsync(100, () => { });
            peer.Settle();
        }

        var scores = new Scoreboard();
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var load in Loads)
            {
                foreach (var (name, peer) in peers.All)
                {
                    await MeasureAsync(scores, name, peer, load);
                }
            }
        }

        foreach (var (streams, events, apart, _) in Loads)
        {
            scores.Print($"{streams} streams, event every {apart} ms",
            [
                new("first byte p50 ms", $"{streams} ttfb50", Goal.AtMost(1.15)),
                new("first byte p99 ms", $"{streams} ttfb99", Goal.AtMost(1.3)),
                new("event delay p50 ms", $"{streams} delay50", Goal.AtMost(1.15)),
                new("event delay p99 ms", $"{streams} delay99", Goal.AtMost(1.3)),
                new("CPU s per 1000 events", $"{streams} cpu", Goal.AtMost(1.15)),
                new("MB with all open", $"{streams} memory", streams == 2000 ? Goal.AtMost(1.15) : null),
                new("streams broken", $"{streams} broken", Goal.ValueAtMost(0)),
            ]);
        }
    }

    private static async Task MeasureAsync(Scoreboard scores, string name, ChildProcess peer, (int Streams, int Events, int ApartMs, int OpeningMs) load)
    {
        var before = peer.ProcessorTime;
        var memory = 0.0;
        var times = await new StreamLoad(peer.Address, load.Streams, load.Events, load.ApartMs).RunAsync(load.OpeningMs, () => memory = peer.WorkingSet / 1e6);
        peer.Settle();
        scores.Add($"{load.Streams} ttfb50", name, times.FirstByteMedianMs);
        scores.Add($"{load.Streams} ttfb99", name, times.FirstByteP99Ms);
        scores.Add($"{load.Streams} delay50", name, times.DelayMedianMs);
        scores.Add($"{load.Streams} delay99", name, times.DelayP99Ms);
        scores.Add($"{load.Streams} broken", name, times.Broken);
        if (name != Peers.Direct)
        {
            scores.Add($"{load.Streams} cpu", name, (peer.ProcessorTime - before).TotalSeconds * 1000 / (load.Streams * load.Events));
            scores.Add($"{load.Streams} memory", name, memory);
        }
    }
}
