using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Hosting.Systemd;
using Tracker.Proxy;
using Tracker.Tests.Support;

namespace Tracker.Tests.Proxy;

public sealed class WatchdogTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(200);

    [Test, CancelAfter(60_000)]
    public async Task Beats_as_long_as_it_is_answered(CancellationToken cancellationToken)
    {
        await using var server = await KestrelUpstream.StartAsync(_ => Task.CompletedTask, cancellationToken);
        var notifier = new CollectingNotifier();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);

        var beating = BeatAsync(server.Address, notifier, stop.Token);
        for (var i = 0; i < 3; i++)
        {
            Assert.That(await notifier.NextAsync(cancellationToken), Is.EqualTo("WATCHDOG=1"));
        }

        await stop.CancelAsync();
        Assert.That(async () => await beating, Throws.InstanceOf<OperationCanceledException>());
    }

    [Test, CancelAfter(60_000)]
    public async Task Does_not_beat_while_connections_are_taken_and_not_answered_and_beats_again_after_that(CancellationToken cancellationToken)
    {
        var isHanging = true;
        var hangs = new SemaphoreSlim(0);
        await using var server = await KestrelUpstream.StartAsync(
            async context =>
            {
                hangs.Release();
                if (Volatile.Read(ref isHanging))
                {
                    await Task.Delay(Timeout.Infinite, context.RequestAborted);
                }
            },
            cancellationToken);
        var logger = new CollectingLogger();
        var notifier = new CollectingNotifier();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);

        var beating = BeatAsync(server.Address, notifier, stop.Token, logger);
        for (var i = 0; i < 3; i++)
        {
            await hangs.WaitAsync(cancellationToken);
        }

        Assert.That(notifier.Count, Is.Zero);
        Volatile.Write(ref isHanging, false);
        await notifier.NextAsync(cancellationToken);
        await stop.CancelAsync();
        Assert.That(async () => await beating, Throws.InstanceOf<OperationCanceledException>());
        Assert.That(logger.Ids, Is.EqualTo(new[] { EventIds.NotServing }));
    }

    [Test, CancelAfter(60_000)]
    public async Task Does_not_beat_when_nothing_listens(CancellationToken cancellationToken)
    {
        var logger = new CollectingLogger();
        var notifier = new CollectingNotifier();
        using var held = new TcpListener(IPAddress.Loopback, 0);
        held.Start();
        var address = new Uri($"http://{held.LocalEndpoint}");
        held.Stop();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);

        var beating = BeatAsync(address, notifier, stop.Token, logger);
        await logger.UntilAsync(() => logger.Entries.Count > 0, cancellationToken);

        await stop.CancelAsync();
        Assert.That(async () => await beating, Throws.InstanceOf<OperationCanceledException>());
        Assert.That(notifier.Count, Is.Zero);
    }

    [TestCase("120000000", "7", 7, 120)]
    [TestCase("120000000", null, 7, 120)]
    [TestCase("120000000", "8", 7, null)]
    [TestCase(null, "7", 7, null)]
    [TestCase("0", "7", 7, null)]
    [TestCase("-5", "7", 7, null)]
    [TestCase("soon", "7", 7, null)]
    public void Limit_is_read_from_what_systemd_says_to_this_process(string? microseconds, string? processId, int ownId, int? seconds) =>
        Assert.That(Watchdog.LimitOf(microseconds, processId, ownId)?.TotalSeconds, Is.EqualTo(seconds));

    [TestCase("http://127.0.0.1:8082", "http://127.0.0.1:8082/")]
    [TestCase("http://0.0.0.0:8082", "http://127.0.0.1:8082/")]
    [TestCase("http://[::]:8082", "http://[::1]:8082/")]
    [TestCase("https://192.168.1.7:8082", "https://192.168.1.7:8082/")]
    public void Address_of_all_interfaces_is_asked_on_loopback(string address, string asked) => Assert.That(Watchdog.Reachable(address).ToString(), Is.EqualTo(asked));

    private static Task BeatAsync(Uri address, CollectingNotifier notifier, CancellationToken cancellationToken, CollectingLogger? logger = null) =>
        Watchdog.BeatAsync(address, Limit, notifier, TimeProvider.System, logger ?? new CollectingLogger(), cancellationToken);

    private sealed class CollectingNotifier : ISystemdNotifier
    {
        private readonly ConcurrentQueue<string> _states = new();
        private readonly SemaphoreSlim _new = new(0);

        public bool IsEnabled => true;

        public int Count => _states.Count;

        public void Notify(ServiceState state)
        {
            _states.Enqueue(state.ToString());
            _new.Release();
        }

        public async Task<string> NextAsync(CancellationToken cancellationToken)
        {
            await _new.WaitAsync(cancellationToken);
            return _states.TryDequeue(out var state) ? state : "";
        }
    }
}
