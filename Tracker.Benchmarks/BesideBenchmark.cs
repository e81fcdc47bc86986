using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Microsoft.Data.Sqlite;

namespace Tracker.Benchmarks;

/// <summary>
/// An import beside a proxy that answers 1000 calls a second, both into one database: how long it takes from a call's answer to its row, how long the log gets, and how fast
/// the import is.
/// </summary>
internal static class BesideBenchmark
{
    private const int CallsPerSecond = 1000;
    private const int Connections = 20;
    private const int WarmUp = 20_000;
    private const int Megabytes = 1000;
    private static readonly TimeSpan Alone = TimeSpan.FromSeconds(3);

    public static async Task RunAsync()
    {
        var folder = Directory.CreateTempSubdirectory("tracker-beside-").FullName;
        try
        {
            var importer = PublishedImporter.Publish(folder);
            var logs = new ClaudeCodeLogs(Path.Combine(folder, "home"), seed: 1);
            logs.Write(Megabytes * 1_000_000L);
            var database = Path.Combine(folder, "data", "tracker.db");
            using var upstream = ChildProcess.Start("Tracker.Benchmarks.dll", null, "upstream");
            using var proxy = ChildProcess.Start("tracker-proxy.dll", null, "--Urls=http://127.0.0.1:0", $"--Storage:DatabasePath={database}", $"--Proxy:Providers:anthropic:BaseAddress={upstream.Address}");
            await RequestLoad.RunAsync(proxy.Address, 16, WarmUp);
            proxy.Settle();

            using var stop = new CancellationTokenSource();
            var answers = new Answers();
            var rows = new StoredRows(database);
            var load = LoadAsync(proxy.Address, answers, stop.Token);
            var watch = Task.Factory.StartNew(() => rows.Watch(stop.Token), TaskCreationOptions.LongRunning);
            await Task.Delay(Alone);
            var begun = Stopwatch.GetTimestamp();
            var run = await Task.Run(() => MeasuredRun.Of(importer, [$"--Importer:Home={logs.Home}", $"--Storage:DatabasePath={database}"], []));
            var ended = Stopwatch.GetTimestamp();
            await Task.Delay(Alone);
            await stop.CancelAsync();
            await load;
            await watch;
            Print(logs, run, answers.Times, rows, begun, ended);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Print(ClaudeCodeLogs logs, MeasuredRun run, List<long> answered, StoredRows rows, long begun, long ended)
    {
        var delays = rows.DelaysOf(answered);
        var before = delays.Where(call => call.AnsweredAt < begun).Select(call => call.Ms).ToList();
        var during = delays.Where(call => call.AnsweredAt >= begun && call.AnsweredAt < ended).Select(call => call.Ms).ToList();
        var perSecond = during.Count / Stopwatch.GetElapsedTime(begun, ended).TotalSeconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Megabytes} MB of logs with {logs.Calls} calls imported in {run.Seconds:0.0} s beside {perSecond:0} calls/s; the rows of {delays.Count} of {answered.Count} answered calls were seen"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{"from answer to row, ms",-30}{"p50",8}{"p99",8}{"most",8}"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{"without the import",-30}{before.Median(),8:0}{before.P99(),8:0}{before.Max(),8:0}"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{"beside it",-30}{during.Median(),8:0}{during.P99(),8:0}{during.Max(),8:0}   p99 {Verdict(during.P99(), Goal.ValueAtMost(250))}"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{"most of the log, MB",-30}{rows.MostOfLog / 1e6,8:0.0}   {Verdict(rows.MostOfLog / 1e6, Goal.ValueAtMost(64))}"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{"imported rows/s",-30}{logs.Calls / run.Seconds,8:0}   {Verdict(logs.Calls / run.Seconds, Goal.AtLeast(30_000))}"));
    }

    private static string Verdict(double value, Goal goal) => $"{goal} {(goal.IsMet(value) ? "ok" : "MISS")}";

    private static async Task LoadAsync(string address, Answers answers, CancellationToken cancellationToken)
    {
        var request = Wire.Request(address, "", """{"model":"claude-opus-4-8","max_tokens":100,"messages":[{"role":"user","content":"hello"}]}"""u8);
        var begun = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Connections).Select(async lane =>
        {
            using var socket = await Wire.ConnectAsync(address);
            var buffer = new byte[16 * 1024];
            for (var i = lane; !cancellationToken.IsCancellationRequested; i += Connections)
            {
                // By the clock, not by the answers: one that is late must not thin out the load.
                var due = TimeSpan.FromSeconds((double)i / CallsPerSecond) - Stopwatch.GetElapsedTime(begun);
                if (due > TimeSpan.Zero)
                {
                    await Task.Delay(due, CancellationToken.None);
                }

                await CallAsync(socket, request, buffer);
                answers.Add();
            }
        }));
    }

    private static async Task CallAsync(Socket socket, byte[] request, byte[] buffer)
    {
        await socket.SendAsync(request);
        var (received, length) = (0, 0);
        while (length == 0 || received < length)
        {
            var count = await socket.ReceiveAsync(buffer.AsMemory(received));
            received += count > 0 ? count : throw new InvalidOperationException("The connection was closed before the answer's end.");
            length = length > 0 ? length : Wire.LengthOfReply(buffer.AsSpan(0, received));
        }
    }

    private sealed class Answers
    {
        public List<long> Times { get; } = [];

        public void Add()
        {
            lock (Times)
            {
                Times.Add(Stopwatch.GetTimestamp());
            }
        }
    }

    /// <summary>Looks every few milliseconds how many calls of the wire are rows.</summary>
    private sealed class StoredRows(string database)
    {
        private readonly List<(long At, int Count)> _seen = [];

        public long MostOfLog { get; private set; }

        public void Watch(CancellationToken cancellationToken)
        {
            using var connection = Databases.At(database).OpenReadOnly();
            using var count = connection.CreateCommand();
            count.CommandText = "SELECT count(*) FROM usage INDEXED BY usage_wire_alone WHERE evidence = 1 AND id > $first";
            count.Parameters.AddWithValue("$first", LastId(connection));
            var log = new FileInfo(database + "-wal");
            var until = long.MaxValue;
            while (Stopwatch.GetTimestamp() < until)
            {
                if (cancellationToken.IsCancellationRequested && until == long.MaxValue)
                {
                    until = Stopwatch.GetTimestamp() + Stopwatch.Frequency; // The last ones.
                }

                var rows = Convert.ToInt32(count.ExecuteScalar(), CultureInfo.InvariantCulture);
                _seen.Add((Stopwatch.GetTimestamp(), rows));
                log.Refresh();
                MostOfLog = Math.Max(MostOfLog, log.Exists ? log.Length : 0);
                Thread.Sleep(2);
            }
        }

        /// <summary>Calls are stored in about the order of their answers, so the k-th answer's row is there when k rows are.</summary>
        public List<(long AnsweredAt, double Ms)> DelaysOf(List<long> answered)
        {
            var delays = new List<(long, double)>();
            var next = 0;
            foreach (var (at, count) in _seen)
            {
                for (; next < count && next < answered.Count; next++)
                {
                    delays.Add((answered[next], Math.Max(0, Stopwatch.GetElapsedTime(answered[next], at).TotalMilliseconds)));
                }
            }

            return delays;
        }

        private static long LastId(SqliteConnection connection)
        {
            using var command = connection.CreateCommand();
            command.CommandText = "SELECT coalesce(max(id), 0) FROM usage";
            return Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
        }
    }
}
