using Tracker.Benchmarks;

// dotnet run -c Release --project Tracker.Benchmarks            the proxy beside a direct connection and a bare forwarder
// dotnet run -c Release --project Tracker.Benchmarks journal    what handing a record over costs, beside other ways to do it
// The others are the programs that the benchmark starts for itself.
switch (args)
{
    case []:
        await ProxyBenchmark.RunAsync();
        return 0;
    case ["journal"]:
        JournalBenchmark.Run();
        return 0;
    case ["upstream"]:
        await Upstream.RunAsync();
        return 0;
    case ["bare-forwarder", var upstream]:
        await BareForwarder.RunAsync(upstream);
        return 0;
    default:
        Console.Error.WriteLine("usage: Tracker.Benchmarks [journal]");
        return 2;
}
