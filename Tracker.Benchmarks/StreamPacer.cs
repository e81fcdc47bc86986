using System.Diagnostics;
using System.Net.Sockets;

namespace Tracker.Benchmarks;

/// <summary>Writes the events of all slow streams when they are due, on a thread of its own.</summary>
internal sealed class StreamPacer
{
    public static readonly StreamPacer Instance = new();

    private readonly Lock _gate = new();
    private readonly PriorityQueue<PacedStream, long> _due = new();

    private StreamPacer() => new Thread(Run) { IsBackground = true }.Start();

    public Task RunAsync(Socket connection, int events, int apartMs)
    {
        var stream = new PacedStream(connection, apartMs * Stopwatch.Frequency / 1000) { Left = events };
        lock (_gate)
        {
            _due.Enqueue(stream, Stopwatch.GetTimestamp() + stream.Apart);
        }

        return stream.Done.Task;
    }

    private void Run()
    {
        while (true)
        {
            if (TakeDue() is not { } stream)
            {
                Thread.Sleep(1);
                continue;
            }

            try
            {
                WriteNext(stream);
            }
            catch (SocketException exception)
            {
                stream.Done.SetException(exception);
            }
        }
    }

    private PacedStream? TakeDue()
    {
        lock (_gate)
        {
            return _due.TryPeek(out var stream, out var at) && at <= Stopwatch.GetTimestamp() ? _due.Dequeue() : null;
        }
    }

    private void WriteNext(PacedStream stream)
    {
        if (stream.Left-- > 0)
        {
            stream.Connection.Send(UpstreamReplies.TimedEvent());
            lock (_gate)
            {
                _due.Enqueue(stream, Stopwatch.GetTimestamp() + stream.Apart);
            }

            return;
        }

        stream.Connection.Send(UpstreamReplies.StreamEnd());
        stream.Done.SetResult();
    }

    private sealed class PacedStream(Socket connection, long apart)
    {
        public Socket Connection { get; } = connection;

        public long Apart { get; } = apart;

        public int Left { get; set; }

        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
