using System.Collections.Concurrent;
using System.Text.RegularExpressions;

namespace Tracker.Tests.Support;

/// <summary>
/// An upstream, and clients that call it through a proxy and remember every call whose end they saw: each of those must be a row in the end,
/// whatever happens to the proxy, the database or the disk meanwhile.
/// </summary>
internal sealed partial class CountedCalls : IAsyncDisposable
{
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false });
    private readonly ConcurrentDictionary<int, bool> _completed = new();
    private KestrelUpstream _upstream = null!;
    private int _last;
    private int _failed;

    private CountedCalls()
    {
    }

    public Uri Address => _upstream.Address;

    /// <summary>Calls whose end a client saw.</summary>
    public int Completed => _completed.Count;

    /// <summary>Calls that a client saw fail.</summary>
    public int Failed => Volatile.Read(ref _failed);

    public static async Task<CountedCalls> StartAsync(CancellationToken cancellationToken)
    {
        var calls = new CountedCalls();
        calls._upstream = await KestrelUpstream.StartAsync(
            context =>
            {
                var call = Interlocked.Increment(ref calls._last);
                return call % 2 == 0 ? context.WriteMessageAsync(call) : context.WriteEventsAsync(AnthropicAnswers.Stream(call));
            },
            cancellationToken);
        return calls;
    }

    /// <summary>Makes one call.</summary>
    /// <returns>Whether it was answered to its end.</returns>
    public async Task<bool> CallAsync(Uri proxy, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await _client.PostAsync(new Uri(proxy, "/v1/messages"), new StringContent("""{"model":"claude-opus-4-8","stream":true}"""), cancellationToken);
            var body = await response.Content.ReadAsStringAsync(cancellationToken);
            if (response.IsSuccessStatusCode && IsWhole(body))
            {
                _completed[int.Parse(Id().Match(body).Groups[1].Value)] = true;
                return true;
            }
        }
        catch (HttpRequestException)
        {
        }

        Interlocked.Increment(ref _failed);
        return false;
    }

    /// <summary>Calls on several connections at once until <paramref name="isEnough"/> says so; it is asked after every call.</summary>
    public Task CallUntilAsync(Uri proxy, Func<bool> isEnough, CancellationToken cancellationToken, int clients = 4) =>
        Task.WhenAll(Enumerable.Range(0, clients).Select(_ => Task.Run(
            async () =>
            {
                do
                {
                    await CallAsync(proxy, cancellationToken);
                }
                while (!isEnough());
            },
            cancellationToken)));

    /// <summary>Calls on several connections at once while something is done, and some more.</summary>
    public async Task CallWhileAsync(Uri proxy, Func<Task> action, CancellationToken cancellationToken)
    {
        var goal = int.MaxValue;
        var clients = CallUntilAsync(proxy, () => Completed + Failed >= Volatile.Read(ref goal), cancellationToken);
        try
        {
            await action();
        }
        finally
        {
            Volatile.Write(ref goal, Completed + Failed + 50);
            await clients;
        }
    }

    public Task CallTimesAsync(Uri proxy, int calls, CancellationToken cancellationToken)
    {
        var goal = Completed + Failed + calls;
        return CallUntilAsync(proxy, () => Completed + Failed >= goal, cancellationToken);
    }

    /// <summary>Every call whose end was seen is one row with its exact counts.</summary>
    public void AssertAllAreRows(TestDatabase database)
    {
        var rows = database.Query("SELECT usage_key, input_tokens, output_tokens, outcome, quality, status_code FROM usage WHERE usage_key LIKE 'anthropic:msg_01TEST%'")
            .ToDictionary(row => (string)row["usage_key"]!);
        var missing = _completed.Keys.Where(call => !rows.ContainsKey("anthropic:" + AnthropicAnswers.IdOf(call))).Order().ToList();
        Assert.That(missing, Is.Empty, $"{missing.Count} of {Completed} completed calls have no row");
        foreach (var call in _completed.Keys)
        {
            var row = rows["anthropic:" + AnthropicAnswers.IdOf(call)];
            var found = (row["input_tokens"], row["output_tokens"], row["outcome"], row["quality"], row["status_code"]);
            Assert.That(found, Is.EqualTo((AnthropicAnswers.InputOf(call), AnthropicAnswers.OutputOf(call), "completed", 3L, 200L)), $"call {call}");
        }

        Assert.That(database.Scalar<string>("PRAGMA integrity_check"), Is.EqualTo("ok"));
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _upstream.DisposeAsync();
    }

    private static bool IsWhole(string body) => body.StartsWith('{') || body.Contains("message_stop", StringComparison.Ordinal);

    [GeneratedRegex("\"id\":\"msg_01TEST(\\d+)\"")]
    private static partial Regex Id();
}
