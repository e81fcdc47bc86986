using System.Diagnostics;
using System.Net.Sockets;

namespace Tracker.Benchmarks;

/// <summary>Sends requests over a number of connections at once, each as soon as the one before is answered, and takes their times.</summary>
internal static class RequestLoad
{
    private static readonly byte[] SmallBody = """{"model":"claude-opus-4-8","max_tokens":100,"messages":[{"role":"user","content":"hello"}],"metadata":{"user_id":"{\"session_id\":\"5a2eb04d-5b92-472b-90ee-9f1a49e699e3\"}"}}"""u8.ToArray();

    public static Task<RequestTimes> RunAsync(string address, int connections, int requests) => RunAsync(address, connections, requests, SmallBody);

    public static async Task<RequestTimes> RunAsync(string address, int connections, int requests, byte[] body)
    {
        var sockets = new List<Socket>();
        try
        {
            for (var i = 0; i < connections; i++)
            {
                sockets.Add(await Wire.ConnectAsync(address));
            }

            var run = new Run(Wire.Request(address, "", body), requests);
            var started = Stopwatch.GetTimestamp();
            // What follows must not run on the thread of the sockets.
            await Task.WhenAll(sockets.Select(run.AskAsync)).ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            return new RequestTimes(requests / seconds, run.Times.Median(), run.Times.P99());
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }
    }

    private sealed class Run(byte[] request, int requests)
    {
        private int _next = -1;

        public double[] Times { get; } = new double[requests];

        public async Task AskAsync(Socket socket)
        {
            var buffer = new byte[16 * 1024];
            int index;
            while ((index = Interlocked.Increment(ref _next)) < Times.Length)
            {
                var sent = Stopwatch.GetTimestamp();
                await socket.SendAsync(request);
                var (received, length) = (0, 0);
                do
                {
                    var count = await socket.ReceiveAsync(buffer.AsMemory(received));
                    if (count == 0)
                    {
                        throw new InvalidOperationException("The connection was closed before the answer's end.");
                    }

                    received += count;
                    length = length > 0 ? length : Wire.LengthOfReply(buffer.AsSpan(0, received));
                }
                while (length == 0 || received < length);
                Times[index] = Stopwatch.GetElapsedTime(sent).TotalMilliseconds;
            }
        }
    }
}

/// <param name="PerSecond">Requests per second.</param>
/// <param name="MedianMs">Half of the requests took no longer, in milliseconds.</param>
/// <param name="P99Ms">99 % of the requests took no longer, in milliseconds.</param>
internal sealed record RequestTimes(double PerSecond, double MedianMs, double P99Ms);
