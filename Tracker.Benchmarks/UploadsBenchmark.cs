using System.Text;

namespace Tracker.Benchmarks;

/// <summary>Requests of 10 MB over 4 connections, half of it a picture, half a long conversation.</summary>
internal static class UploadsBenchmark
{
    private const int Connections = 4;
    private const int Uploads = 40;
    private const int Rounds = 5;

    public static async Task RunAsync()
    {
        using var peers = new Peers();
        var scores = new Scoreboard();
        var (small, large) = (Body(1_000_000), Body(10_000_000));
        foreach (var (_, peer) in peers.All)
        {
            await RequestLoad.RunAsync(peer.Address, Connections, Uploads * 10, small);
            await RequestLoad.RunAsync(peer.Address, Connections, Uploads, large);
        }

        for (var round = 0; round < Rounds; round++)
        {
            foreach (var (name, peer) in peers.All)
            {
                var withSmall = await PeakAsync(peer, () => RequestLoad.RunAsync(peer.Address, Connections, Uploads * 10, small));
                var before = peer.ProcessorTime;
                var withLarge = await PeakAsync(peer, async () => scores.Add("rate", name, (await RequestLoad.RunAsync(peer.Address, Connections, Uploads, large)).PerSecond * large.Length / 1e6));
                if (name != Peers.Direct)
                {
                    scores.Add("cpu", name, (peer.ProcessorTime - before).TotalSeconds * 1000 / Uploads);
                    scores.Add("memory", name, withLarge);
                    scores.Add("growth", name, withLarge - withSmall);
                }
            }
        }

        scores.Print($"uploads of 10 MB, c={Connections}, {Rounds} rounds",
        [
            new("MB/s", "rate", Goal.AtLeast(0.90)),
            new("CPU s per 1000 uploads", "cpu"),
            new("peak MB", "memory"),
            new("peak MB over that of 1 MB uploads", "growth", Goal.ValueAtMost(10)),
        ]);
    }

    private static async Task<double> PeakAsync(ChildProcess peer, Func<Task> load)
    {
        using var peak = new PeakMemory(peer);
        await load();
        return peak.Megabytes;
    }

    private static byte[] Body(int bytes)
    {
        const string Line = "    if (left is null) { throw new ArgumentNullException(\\\"left\\\"); }\\n";
        var text = new StringBuilder("{\"model\":\"claude-opus-4-8\",\"max_tokens\":100,\"messages\":[");
        text.Append("{\"role\":\"user\",\"content\":[{\"type\":\"image\",\"source\":{\"type\":\"base64\",\"media_type\":\"image/png\",\"data\":\"").Append('A', bytes / 2).Append("\"}}]}");
        while (text.Length < bytes)
        {
            text.Append(",{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"").Insert(text.Length, Line, 30).Append("\"}]}");
        }

        return Encoding.UTF8.GetBytes(text.Append("]}").ToString());
    }
}
