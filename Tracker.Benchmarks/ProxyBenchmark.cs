using System.Globalization;

namespace Tracker.Benchmarks;

/// <summary>The proxy with accounting on, beside a direct connection and a bare forwarder, all in one run on one machine: read the ratios.</summary>
internal static class ProxyBenchmark
{
    private const int WarmUp = 20_000;
    private const int Rounds = 3;
    private static readonly (int Connections, int Requests)[] Loads = [(1, 10_000), (16, 40_000), (64, 40_000)];

    public static async Task RunAsync()
    {
        var folder = Directory.CreateTempSubdirectory("tracker-benchmark-");
        try
        {
            using var upstream = ChildProcess.Start("Tracker.Benchmarks.dll", "upstream");
            using var bare = ChildProcess.Start("Tracker.Benchmarks.dll", "bare-forwarder", upstream.Address);
            using var tracker = StartTracker(folder, "on", upstream.Address);
            using var withoutJournal = StartTracker(folder, "off", upstream.Address, "--Recording:JournalBytes=0");
            (string Name, ChildProcess Process)[] peers = [("direct", upstream), ("bare forwarder", bare), ("tracker-proxy", tracker), ("without journal", withoutJournal)];
            foreach (var (_, peer) in peers)
            {
                await Load.RunAsync(peer.Address, 16, WarmUp);
            }

            Console.WriteLine("connections  peer             requests/s    p50 ms    p99 ms  CPU s/1000   vs bare forwarder");
            foreach (var (connections, requests) in Loads)
            {
                await CompareAsync(peers, connections, requests);
            }

            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"peak memory: bare forwarder {bare.PeakWorkingSet / 1e6:0} MB, tracker-proxy {tracker.PeakWorkingSet / 1e6:0} MB"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static ChildProcess StartTracker(DirectoryInfo folder, string name, string upstream, params string[] more) => ChildProcess.Start(
        "tracker-proxy.dll", ["--Urls=http://127.0.0.1:0", $"--Storage:DatabasePath={Path.Combine(folder.FullName, name, "tracker.db")}",
        $"--Proxy:Providers:anthropic:BaseAddress={upstream}", "--Recording:QueueCapacity=1000000", .. more]);

    // Peers take turns, so that a slow moment of the machine meets all of them; the median round is shown.
    private static async Task CompareAsync((string Name, ChildProcess Process)[] peers, int connections, int requests)
    {
        var rounds = peers.Select(_ => new List<(LoadResult Load, double CpuSeconds)>()).ToArray();
        for (var round = 0; round < Rounds; round++)
        {
            for (var i = 0; i < peers.Length; i++)
            {
                var before = peers[i].Process.ProcessorTime;
                var load = await Load.RunAsync(peers[i].Process.Address, connections, requests);
                rounds[i].Add((load, (peers[i].Process.ProcessorTime - before).TotalSeconds * 1000 / requests));
            }
        }

        var medians = rounds.Select(results => results.OrderBy(result => result.Load.PerSecond).ElementAt(Rounds / 2)).ToArray();
        for (var i = 0; i < peers.Length; i++)
        {
            var (load, cpu) = medians[i];
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{connections,11}  {peers[i].Name,-15} {load.PerSecond,11:0} {load.MedianMs,9:0.000} {load.P99Ms,9:0.000} {cpu,11:0.000}   {load.PerSecond / medians[1].Load.PerSecond:0.00}"));
        }
    }
}
