using System.Globalization;
using System.Net.Sockets;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Hosting.Systemd;

namespace Tracker.Proxy;

/// <summary>
/// Tells systemd, if it watches (<c>WatchdogSec=</c>, sd_watchdog_enabled(3)), that the proxy serves: it asks itself for <c>/healthz</c> as a client would, and says so only
/// after an answer. A proxy that hangs is ended and started anew by systemd then.
/// </summary>
internal sealed partial class Watchdog(IServer server, IHostApplicationLifetime lifetime, IServiceProvider services, TimeProvider time, ILogger<Watchdog> logger) : BackgroundService
{
    private static readonly ServiceState Alive = new("WATCHDOG=1");

    /// <returns>Null when nobody watches this process.</returns>
    internal static TimeSpan? LimitOf(string? microseconds, string? processId, int ownId) =>
        (string.IsNullOrEmpty(processId) || processId == ownId.ToString(CultureInfo.InvariantCulture))
        && long.TryParse(microseconds, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit > 0
            ? TimeSpan.FromMicroseconds(limit)
            : null;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var limit = LimitOf(Environment.GetEnvironmentVariable("WATCHDOG_USEC"), Environment.GetEnvironmentVariable("WATCHDOG_PID"), Environment.ProcessId);
        if (limit is null || services.GetService<ISystemdNotifier>() is not { IsEnabled: true } notifier)
        {
            return;
        }

        try
        {
            await WaitForStartAsync(stoppingToken);
            var address = server.Features.Get<IServerAddressesFeature>()!.Addresses.First();
            await BeatAsync(Reachable(address), limit.Value, notifier, time, logger, stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Told to stop.
        }
    }

    internal static async Task BeatAsync(Uri address, TimeSpan limit, ISystemdNotifier notifier, TimeProvider time, ILogger logger, CancellationToken stoppingToken)
    {
        // A quarter of the time, and half of it for the answer: a machine that is busy is no reason to end it.
        var pause = limit / 4;
        // A connection of its own each time, as from a new client.
        using var handler = new SocketsHttpHandler { UseProxy = false, PooledConnectionLifetime = TimeSpan.Zero };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null; // It is ourselves, and the name on the certificate another.
        using var client = new HttpClient(handler) { BaseAddress = address, Timeout = limit / 2 };
        var works = true;
        while (true)
        {
            var answers = await AnswersAsync(client, stoppingToken);
            if (answers)
            {
                notifier.Notify(Alive);
            }
            else if (works)
            {
                LogNotServing(logger, address, limit);
            }

            works = answers;
            await Task.Delay(pause, time, stoppingToken);
        }
    }

    /// <summary>An address that stands for all of this machine's can be asked on loopback.</summary>
    internal static Uri Reachable(string address)
    {
        var uri = new UriBuilder(address);
        uri.Host = uri.Host switch
        {
            "0.0.0.0" => "127.0.0.1",
            "[::]" => "[::1]",
            var host => host,
        };
        return uri.Uri;
    }

    private static async Task<bool> AnswersAsync(HttpClient client, CancellationToken stoppingToken)
    {
        try
        {
            using var response = await client.GetAsync(new Uri("/healthz", UriKind.Relative), stoppingToken);
            return response.IsSuccessStatusCode;
        }
        catch (Exception exception) when (exception is HttpRequestException or SocketException || (exception is OperationCanceledException && !stoppingToken.IsCancellationRequested))
        {
            return false;
        }
    }

    private async Task WaitForStartAsync(CancellationToken stoppingToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = lifetime.ApplicationStarted.Register(() => started.TrySetResult());
        await started.Task.WaitAsync(stoppingToken);
    }

    [LoggerMessage(EventIds.NotServing, LogLevel.Warning, "Tracker does not answer at {Address}. If that lasts, the service manager restarts it {Limit} after the last answer", EventName = nameof(EventIds.NotServing))]
    private static partial void LogNotServing(ILogger logger, Uri address, TimeSpan limit);
}
