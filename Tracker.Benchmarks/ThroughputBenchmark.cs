namespace Tracker.Benchmarks;

/// <summary>Replies of about 1 KB, over 1, 16 and 64 connections.</summary>
internal static class ThroughputBenchmark
{
    private const int WarmUp = 20_000;
    private const int Rounds = 5;
    private static readonly (int Connections, int Requests)[] Loads = [(1, 6_000), (16, 20_000), (64, 20_000)];

    public static async Task RunAsync()
    {
        using var peers = new Peers();
        var scores = new Scoreboard();
        foreach (var (_, peer) in peers.All)
        {
            await RequestLoad.RunAsync(peer.Address, 16, WarmUp);
            peer.Settle();
        }

        // Peers take turns, so that a slow moment of the machine meets all of them.
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var (connections, requests) in Loads)
            {
                foreach (var (name, peer) in peers.All)
                {
                    await MeasureAsync(scores, name, peer, connections, requests);
                }
            }
        }

        scores.Print($"~1 KB replies, {Rounds} rounds",
        [
            .. Loads.Select(load => new Measure($"c={load.Connections} requests/s", $"{load.Connections} rps",
                load.Connections > 1 ? Goal.AtLeast(0.90) : null, load.Connections > 1 ? Goal.AtLeast(0.45) : null)),
            new("c=1 added p50 ms", "1 p50", Goal.AtMost(1.15), MinusDirect: true),
            new("c=1 added p99 ms", "1 p99", Goal.AtMost(1.3), MinusDirect: true),
            .. Loads.Where(load => load.Connections > 1).SelectMany(load => new Measure[]
            {
                new($"c={load.Connections} p50 ms", $"{load.Connections} p50"), new($"c={load.Connections} p99 ms", $"{load.Connections} p99"),
            }),
            .. Loads.Select(load => new Measure($"c={load.Connections} CPU s per 1000 requests", $"{load.Connections} cpu", Goal.AtMost(1.15))),
        ]);
    }

    private static async Task MeasureAsync(Scoreboard scores, string name, ChildProcess peer, int connections, int requests)
    {
        var before = peer.ProcessorTime;
        var times = await RequestLoad.RunAsync(peer.Address, connections, requests);
        peer.Settle(); // The work that a peer does afterwards counts as well.
        scores.Add($"{connections} rps", name, times.PerSecond);
        scores.Add($"{connections} p50", name, times.MedianMs);
        scores.Add($"{connections} p99", name, times.P99Ms);
        if (name != Peers.Direct)
        {
            scores.Add($"{connections} cpu", name, (peer.ProcessorTime - before).TotalSeconds * 1000 / requests);
        }
    }
}
