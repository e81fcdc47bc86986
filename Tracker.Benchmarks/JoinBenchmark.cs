using System.Diagnostics;
using System.Globalization;
using Tracker.Storage.Imports;
using Tracker.Storage.Pricing;
using Tracker.Storage.Usage;

namespace Tracker.Benchmarks;

/// <summary>What looking for calls that two rows tell of costs beside a million rows that have no partner: the first time, when nothing is new, and when a little is.</summary>
internal static class JoinBenchmark
{
    private const int RowsOfEachSide = 500_000;
    private const int New = 1000;

    private static readonly HashSet<string> Clients = ["gemini-cli"];
    private static readonly DateTimeOffset Begin = new(2026, 5, 1, 0, 0, 0, TimeSpan.Zero);

    // 20 weeks with two and a half calls a minute on either side.
    private static readonly TimeSpan Pace = TimeSpan.FromDays(140) / RowsOfEachSide;

    public static void Run()
    {
        var folder = Directory.CreateTempSubdirectory("tracker-join-");
        try
        {
            var connections = Databases.At(Path.Combine(folder.FullName, "tracker.db"));
            using var proxy = new UsageWriter(connections, PriceBooks.Embedded);
            using var importer = new ImportWriter(connections, PriceBooks.Embedded, TimeProvider.System);
            Fill(proxy, importer, 0, RowsOfEachSide, alike: false);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{RowsOfEachSide} rows of the wire alone, {RowsOfEachSide} of a log alone     search ms   write ms   joined   peak MB"));
            Measure(importer, "first search, none is a pair");
            Measure(importer, "nothing is new");
            Fill(proxy, importer, RowsOfEachSide, New, alike: true);
            Measure(importer, $"{New} pairs are new");
            Fill(proxy, importer, 0, 1, alike: true);
            Measure(importer, "one pair is new in the oldest hour");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void Measure(ImportWriter importer, string name)
    {
        var started = Stopwatch.GetTimestamp();
        var plan = importer.Joins.Search(Begin + Pace * (RowsOfEachSide + New) + TimeSpan.FromHours(1), Clients);
        var searched = Stopwatch.GetElapsedTime(started);
        started = Stopwatch.GetTimestamp();
        var joined = 0;
        while (!plan.IsDone)
        {
            joined += importer.Joins.Write(plan, TimeSpan.FromMilliseconds(250));
        }

        var peak = Process.GetCurrentProcess().PeakWorkingSet64 / 1e6;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-60}{searched.TotalMilliseconds,14:0.0}{Stopwatch.GetElapsedTime(started).TotalMilliseconds,11:0.0}{joined,9}{peak,10:0}"));
    }

    // The counts are those of nothing else, except that a pair has the same.
    private static void Fill(UsageWriter proxy, ImportWriter importer, int first, int rows, bool alike)
    {
        foreach (var chunk in Enumerable.Range(first, rows).Chunk(5000))
        {
            proxy.Write([.. chunk.Select(number => Wire(number, alike))]);
            var steps = chunk.Select(number => new ImportStep(Logged(number, alike), Cursor)).ToList();
            while (steps.Count > 0)
            {
                steps.RemoveRange(0, importer.Write(steps, TimeSpan.FromMinutes(1)).StepsStored);
            }

            importer.CheckpointIfLarge();
        }
    }

    private static UsageRecord Wire(int number, bool alike) => new()
    {
        Key = UsageKey.FromStored($"gemini:{(alike ? "pair" : "wire")}{number:D20}"),
        Evidence = Evidence.Wire,
        Quality = CountQuality.Final,
        Outcome = CallOutcome.Completed,
        OccurredAt = Begin + Pace * number,
        Provider = "gemini",
        Client = "gemini-cli",
        RequestModel = "gemini-3-pro",
        ResponseModel = "gemini-3-pro",
        InputTokens = 1000 + number % 50_000,
        OutputTokens = 100 + number % 777,
        CacheReadTokens = alike ? 3 : 1,
        DurationMs = 3000,
        StatusCode = 200,
        RequestId = $"req_{number:D24}",
    };

    private static UsageRecord Logged(int number, bool alike) => Wire(number, alike) with
    {
        Key = UsageKey.OfTranscript("gemini-cli", $"{(alike ? "pair" : "log")}{number:D20}"),
        Evidence = Evidence.Transcript,
        Quality = CountQuality.Exact,
        CacheReadTokens = alike ? 3 : 2,
        DurationMs = null,
        StatusCode = null,
        RequestId = null,
        Project = "/home/dev/project",
    };

    private static readonly ImportCursor Cursor = new()
    {
        Source = "gemini-cli",
        Path = "a",
        ModifiedAtTicks = 1,
        Length = 1,
        Offset = 1,
        LineCount = 1,
        Fingerprint = 1,
        HeadLength = 1,
        TailLength = 1,
        RecordCount = 1,
        MalformedCount = 0,
        ImportedAt = Begin,
    };
}
