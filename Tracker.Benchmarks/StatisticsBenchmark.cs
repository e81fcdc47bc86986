using System.Diagnostics;
using System.Globalization;
using Tracker.Storage.Connections;
using Tracker.Storage.Pricing;
using Tracker.Storage.Statistics;
using Tracker.Storage.Usage;

namespace Tracker.Benchmarks;

/// <summary>
/// What the reports and the pages of the dashboard take over a million calls, asked of a real proxy. The calls are those of three months: four clients, six models,
/// 40 projects, 20 000 sessions with sub-agents, written in the order in which they came.
/// </summary>
internal static class StatisticsBenchmark
{
    private const int Calls = 1_000_000;
    private const int CallsOfSession = 50;
    private const int Goal = 100;
    private const int Tries = 7;

    private static readonly (string Provider, string Model)[] Models =
    [
        ("anthropic", "claude-opus-4-8"), ("anthropic", "claude-sonnet-4-5"), ("anthropic", "claude-haiku-4-5"),
        ("openai", "gpt-5.4"), ("gemini", "gemini-3-pro-preview"), ("deepseek", "deepseek-chat"),
    ];

    private static readonly string[] Clients = ["claude-code", "codex", "gemini-cli", "opencode"];

    // What the pages ask for, and the same with filters, for longer times, and sorted by what no index has.
    private static readonly string[] Questions =
    [
        "summary", "summary?format=line", "daily?days=30", "daily?days=90&by=client", "daily?days=90&by=project", "hourly?days=30", "models?period=30d", "models?period=all",
        "providers?period=all", "clients?period=all", "projects?period=all", "sessions?period=30d", "sessions?period=all&sort=newest", "tools?period=30d", "tools?period=all",
        "requests?limit=100", "requests?limit=100&project=/home/dev/project-7", "requests?limit=100&model=claude-haiku-4-5&sort=cost", "requests?limit=100&outcome=error",
        "cache?period=30d", "cache?period=all", "limits", "coverage?days=30", "unpriced", "insights?period=30d", "insights?period=all", "imports",
    ];

    public static async Task RunAsync()
    {
        var folder = Directory.CreateTempSubdirectory("tracker-statistics-");
        try
        {
            var database = Path.Combine(folder.FullName, "tracker.db");
            var started = Stopwatch.GetTimestamp();
            var connections = Databases.At(database);
            Fill(connections);
            var filled = Stopwatch.GetElapsedTime(started);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{Calls} calls written in batches of 500: {filled.TotalMicroseconds / Calls:0.0} us each; {new FileInfo(database).Length / 1e6:0} MB"));
            using var proxy = ChildProcess.Start("tracker-proxy.dll", null, "--Urls=http://127.0.0.1:0", $"--Storage:DatabasePath={database}");
            using var client = new HttpClient { BaseAddress = new Uri(proxy.Address) };
            started = Stopwatch.GetTimestamp();
            await UntilSummedAsync(connections);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"summed in {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s"));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{"ms",-55}{"median",9}{"slowest",9}   goal {Goal}"));
            foreach (var question in Questions)
            {
                await MeasureAsync(client, question);
            }

            var log = new FileInfo(database + "-wal");
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"write-ahead log afterwards: {(log.Exists ? log.Length / 1e6 : 0):0.0} MB"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    // The proxy does that by itself when it has nothing else to do.
    private static async Task UntilSummedAsync(TrackerConnectionFactory connections)
    {
        using var rollup = new UsageRollup(connections, PriceBooks.Embedded, TimeProvider.System);
        while (rollup.Pending > 0)
        {
            await Task.Delay(100);
        }
    }

    private static async Task MeasureAsync(HttpClient client, string question)
    {
        var times = new List<double>();
        for (var i = 0; i < Tries; i++)
        {
            var started = Stopwatch.GetTimestamp();
            using var answer = await client.GetAsync($"stats/{question}");
            var body = await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync();
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            if (body.Length == 0)
            {
                throw new InvalidOperationException($"{question} has no answer.");
            }
        }

        times.RemoveAt(0); // The first one compiles.
        times.Sort();
        var median = times[times.Count / 2];
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{question,-55}{median,9:0.0}{times[^1],9:0.0}   {(median <= Goal ? "ok" : "MISS")}"));
    }

    private static void Fill(TrackerConnectionFactory connections)
    {
        using var writer = new UsageWriter(connections, PriceBooks.Embedded);
        var begin = TimeProvider.System.GetUtcNow() - TimeSpan.FromDays(90);
        var pace = TimeSpan.FromDays(90) / Calls;
        foreach (var batch in Enumerable.Range(0, Calls).Chunk(500))
        {
            writer.Write([.. batch.Select(number => Call(number, begin + pace * number))]);
        }

        writer.Checkpoint(TimeSpan.FromSeconds(5));
    }

    // Several sessions run at the same time; every fifth call is a sub-agent's.
    private static UsageRecord Call(int number, DateTimeOffset at)
    {
        var session = number / (CallsOfSession * 4) * 4 + number % 4;
        var (provider, model) = Models[session * 7 % Models.Length];
        var inSession = number / 4 % CallsOfSession;
        var hasFailed = number % 97 == 0;
        return new UsageRecord
        {
            Key = UsageKey.FromStored($"anthropic:msg_{number:D24}"),
            Evidence = session % 3 == 0 ? Evidence.Wire | Evidence.Transcript : Evidence.Wire,
            Quality = CountQuality.Final,
            Outcome = hasFailed ? CallOutcome.Error : CallOutcome.Completed,
            OccurredAt = at,
            Provider = provider,
            Client = Clients[session % Clients.Length],
            RequestModel = model,
            ResponseModel = model,
            InputTokens = hasFailed ? null : 50 + number % 900,
            OutputTokens = hasFailed ? null : 20 + number % 1777,
            CacheReadTokens = hasFailed ? null : inSession * 3000,
            CacheCreation5mTokens = hasFailed ? null : inSession == 0 ? 20_000 : number % 3000,
            StatusCode = hasFailed ? 529 : 200,
            StopReason = hasFailed ? null : number % 2 == 0 ? "tool_use" : "end_turn",
            Streamed = true,
            DurationMs = 500 + number % 20_000,
            TimeToFirstTokenMs = 300 + number % 700,
            RequestId = $"req_{number:D24}",
            SessionId = $"session-{session:D12}",
            AgentId = number % 5 == 0 ? $"agent-{session:D12}" : null,
            Project = $"/home/dev/project-{session % 40}",
            AuthMode = AuthMode.ApiKey,
            UserAgent = "claude-cli/2.1.30 (external, cli)",
            ToolCalls = number % 2 == 0 && !hasFailed ? [new ToolCall($"toolu_{number:D24}", number % 4 == 0 ? "Bash" : "Read")] : [],
        };
    }
}
