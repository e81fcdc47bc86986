using System.Diagnostics;

namespace Tracker.Benchmarks;

/// <summary>Sends requests over a number of connections at once and takes their times.</summary>
internal static class Load
{
    private static readonly byte[] Body = """{"model":"claude-opus-4-8","max_tokens":100,"messages":[{"role":"user","content":"hello"}]}"""u8.ToArray();

    public static async Task<LoadResult> RunAsync(string address, int connections, int requests)
    {
        using var client = new HttpMessageInvoker(new SocketsHttpHandler { UseProxy = false, MaxConnectionsPerServer = connections });
        var target = new Uri(address + "/v1/messages");
        var times = new double[requests];
        var next = -1;
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(async () =>
        {
            int index;
            while ((index = Interlocked.Increment(ref next)) < requests)
            {
                var sent = Stopwatch.GetTimestamp();
                using var request = new HttpRequestMessage(HttpMethod.Post, target) { Content = new ByteArrayContent(Body) };
                using var response = await client.SendAsync(request, CancellationToken.None);
                await response.Content.CopyToAsync(Stream.Null);
                if (!response.IsSuccessStatusCode)
                {
                    throw new InvalidOperationException($"{target} answered {response.StatusCode}.");
                }

                times[index] = Stopwatch.GetElapsedTime(sent).TotalMilliseconds;
            }
        })));
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        Array.Sort(times);
        return new LoadResult(requests / seconds, times[requests / 2], times[requests * 99 / 100]);
    }
}

/// <param name="PerSecond">Requests per second.</param>
/// <param name="MedianMs">Half of the requests took no longer, in milliseconds.</param>
/// <param name="P99Ms">99 % of the requests took no longer, in milliseconds.</param>
internal sealed record LoadResult(double PerSecond, double MedianMs, double P99Ms);
