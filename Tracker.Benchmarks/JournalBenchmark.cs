using System.Diagnostics;
using System.Globalization;
using System.IO.MemoryMappedFiles;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Tracker.Proxy.Recording;
using Tracker.Storage.Usage;

namespace Tracker.Benchmarks;

/// <summary>What handing one record over costs the request's thread: as Tracker does it, with the journal off, and the ways that were not taken. All in one run.</summary>
internal static class JournalBenchmark
{
    private const int Records = 100_000;
    private const int Rounds = 5;

    public static void Run()
    {
        var folder = Directory.CreateTempSubdirectory("tracker-journal-");
        try
        {
            Console.WriteLine("threads  way                          mean us   median us   p99 us   p99.9 us     max us");
            foreach (var threads in new[] { 1, 2 })
            {
                Compare(folder.FullName, threads);
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    // The ways take turns, so that a slow moment of the machine meets all of them; times of all rounds but the first are put together.
    private static void Compare(string folder, int threads)
    {
        (string Name, Func<string, IWay> Create)[] ways =
        [
            ("queue, journal off", path => new Queue(path, journalBytes: 0)),
            ("queue and journal", path => new Queue(path, journalBytes: 1L << 30)),
            ("write under a lock", path => new LockedWrite(path)),
            ("memory-mapped segment", path => new MappedWrite(path)),
        ];
        var times = ways.Select(_ => new List<double>()).ToArray();
        for (var round = 0; round <= Rounds; round++)
        {
            for (var i = 0; i < ways.Length; i++)
            {
                using var way = ways[i].Create(Directory.CreateDirectory(Path.Combine(folder, $"{threads}-{round}-{i}")).FullName);
                var measured = Measure(way, threads);
                if (round > 0)
                {
                    times[i].AddRange(measured);
                }
            }
        }

        for (var i = 0; i < ways.Length; i++)
        {
            var sorted = times[i].Order().ToArray();
            double At(double share) => sorted[(int)(share * (sorted.Length - 1))];
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{threads,7}  {ways[i].Name,-26} {sorted.Average(),9:0.00} {At(0.5),11:0.00} {At(0.99),8:0.00} {At(0.999),10:0.00} {sorted[^1],10:0}"));
        }
    }

    private static IEnumerable<double> Measure(IWay way, int threads)
    {
        var all = Enumerable.Range(0, threads).Select(_ => new double[Records / threads]).ToArray();
        var running = all.Select(times => new Thread(() =>
        {
            for (var i = 0; i < times.Length; i++)
            {
                var record = SomeRecord(i);
                var started = Stopwatch.GetTimestamp();
                way.HandOver(record);
                times[i] = Stopwatch.GetElapsedTime(started).TotalMicroseconds;
            }
        })).ToList();
        running.ForEach(thread => thread.Start());
        running.ForEach(thread => thread.Join());
        return all.SelectMany(times => times);
    }

    private static UsageRecord SomeRecord(int number) => new()
    {
        Key = UsageKey.OfTranscript("anthropic", $"msg_01BENCH{number:D17}"),
        Evidence = Evidence.Wire,
        Quality = CountQuality.Final,
        Outcome = CallOutcome.Completed,
        OccurredAt = DateTimeOffset.UnixEpoch.AddSeconds(number),
        Provider = "anthropic",
        Client = "claude-code",
        RequestModel = "claude-opus-4-8",
        ResponseModel = "claude-opus-4-8",
        InputTokens = 1001,
        OutputTokens = 311,
        CacheReadTokens = 20007,
        CacheCreation5mTokens = 3003,
        CacheCreation1hTokens = 505,
        StatusCode = 200,
        StopReason = "tool_use",
        Streamed = true,
        DurationMs = 1234,
        TimeToFirstTokenMs = 321,
        RequestId = "req_011CVabcdefghijklmnopqr",
        SessionId = "5a2eb04d-5b92-472b-90ee-9f1a49e699e3",
        ServiceTier = "standard",
        AuthMode = AuthMode.ApiKey,
        UserAgent = "claude-cli/2.1.330 (external, cli)",
        ToolCalls = [new ToolCall("toolu_01A09q90qw90lq917835lq9", "Bash")],
    };

    private interface IWay : IDisposable
    {
        void HandOver(UsageRecord record);
    }

    /// <summary>Tracker's own: the queue, with a reader that settles what it takes.</summary>
    private sealed class Queue : IWay
    {
        private readonly Journal _journal;
        private readonly UsageQueue _queue;
        private readonly Thread _reader;

        public Queue(string folder, long journalBytes)
        {
            var options = Options.Create(new RecordingOptions { JournalBytes = journalBytes, QueueCapacity = Records });
            var connections = Databases.At(Path.Combine(folder, "tracker.db"));
            _journal = new Journal(connections, options, NullLogger<Journal>.Instance);
            _queue = new UsageQueue(_journal, options, NullLogger<UsageQueue>.Instance);
            _journal.Start();
            _reader = new Thread(Drain);
            _reader.Start();
        }

        public void HandOver(UsageRecord record) => _queue.TryEnqueue(record);

        public void Dispose()
        {
            _queue.Complete();
            _reader.Join();
            _journal.Stop();
            _journal.Dispose();
        }

        private void Drain()
        {
            while (_queue.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
            {
                while (_queue.Reader.TryRead(out var queued))
                {
                    queued.Segment?.Settle();
                }

                foreach (var segment in _journal.Settled())
                {
                    _journal.Remove(segment);
                }

                Thread.Sleep(1); // As a writer that waits for its transaction.
            }
        }
    }

    private sealed class LockedWrite(string folder) : IWay
    {
        private readonly Lock _gate = new();
        private readonly FileStream _file = new(Path.Combine(folder, "locked"), new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0 });

        public void HandOver(UsageRecord record)
        {
            var line = JournalLine.Encode(record);
            lock (_gate)
            {
                _file.Write(line);
            }
        }

        public void Dispose() => _file.Dispose();
    }

    private sealed unsafe class MappedWrite : IWay
    {
        private const long Size = Records * 2048L;
        private readonly MemoryMappedFile _file;
        private readonly MemoryMappedViewAccessor _view;
        private readonly byte* _start;
        private long _tail;

        public MappedWrite(string folder)
        {
            var stream = new FileStream(Path.Combine(folder, "mapped"), new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, BufferSize = 0, PreallocationSize = Size });
            stream.SetLength(Size);
            _file = MemoryMappedFile.CreateFromFile(stream, null, Size, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: false);
            _view = _file.CreateViewAccessor();
            _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
            new Span<byte>(_start, (int)Size).Clear(); // Every page is there before the first record.
        }

        public void HandOver(UsageRecord record)
        {
            var line = JournalLine.Encode(record);
            var end = Interlocked.Add(ref _tail, line.Length);
            line.CopyTo(new Span<byte>(_start + end - line.Length, line.Length));
        }

        public void Dispose()
        {
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
            _view.Dispose();
            _file.Dispose();
        }
    }
}
