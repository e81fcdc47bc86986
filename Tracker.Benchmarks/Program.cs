using Tracker.Benchmarks;

// dotnet run -c Release --project Tracker.Benchmarks               all of these, one after the other
// dotnet run -c Release --project Tracker.Benchmarks throughput    ~1 KB replies: requests per second, added latency, processor time
// dotnet run -c Release --project Tracker.Benchmarks streams       50, 500 and 2000 slow streams: first byte, delay of events, processor time, memory
// dotnet run -c Release --project Tracker.Benchmarks uploads       bodies of 10 MB
// dotnet run -c Release --project Tracker.Benchmarks stream200     one stream of 200 MB
// dotnet run -c Release --project Tracker.Benchmarks journal       what handing a record over costs, beside other ways to do it
// dotnet run -c Release --project Tracker.Benchmarks load <address> <connections> <requests>    load alone, for a server under a profiler
// dotnet run -c Release --project Tracker.Benchmarks join          joining logs without the upstream's ids, beside a million rows without partner
// dotnet run -c Release --project Tracker.Benchmarks import [MB]   importing Claude Code's logs, beside cat and ccusage; 200 MB unless told otherwise
// dotnet run -c Release --project Tracker.Benchmarks logs <folder> <MB>    those logs alone, for an importer under a profiler
// dotnet run -c Release --project Tracker.Benchmarks statistics    the reports over a million calls
// The others are the programs that the benchmark starts for itself.
Dictionary<string, Func<Task>> parts = new()
{
    ["throughput"] = ThroughputBenchmark.RunAsync,
    ["streams"] = StreamsBenchmark.RunAsync,
    ["uploads"] = UploadsBenchmark.RunAsync,
    ["stream200"] = BulkStreamBenchmark.RunAsync,
    ["journal"] = () => Task.Run(JournalBenchmark.Run),
    ["import"] = () => Task.Run(() => ImportBenchmark.Run(200)),
    ["beside"] = BesideBenchmark.RunAsync,
    ["statistics"] = StatisticsBenchmark.RunAsync,
    ["join"] = () => Task.Run(JoinBenchmark.Run),
};
switch (args)
{
    case []:
        SingleThreadedSockets.Use();
        foreach (var (_, part) in parts)
        {
            await part();
        }

        return 0;
    case [var name] when parts.TryGetValue(name, out var part):
        SingleThreadedSockets.Use();
        await part();
        return 0;
    case ["import", var megabytes]:
        ImportBenchmark.Run(int.Parse(megabytes));
        return 0;
    case ["logs", var folder, var megabytes]:
        new ClaudeCodeLogs(folder, seed: 1).Write(int.Parse(megabytes) * 1_000_000L);
        return 0;
    case ["upstream"]:
        SingleThreadedSockets.Use();
        Upstream.Run();
        return 0;
    case ["load", var address, var connections, var requests]:
        SingleThreadedSockets.Use();
        Console.WriteLine(await RequestLoad.RunAsync(address, int.Parse(connections), int.Parse(requests)));
        return 0;
    case ["bare-forwarder", var upstream]:
        await BareForwarder.RunAsync(upstream);
        return 0;
    default:
        Console.Error.WriteLine($"usage: Tracker.Benchmarks [{string.Join('|', parts.Keys)}]");
        return 2;
}
