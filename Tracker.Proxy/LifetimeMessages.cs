using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Tracker.Proxy.Listening;
using Tracker.Storage.Connections;
using Tracker.Storage.Hosting;

namespace Tracker.Proxy;

/// <summary>Says, once the port is open, where the proxy listens, where its data is and how a client is pointed at it.</summary>
internal sealed partial class LifetimeMessages(
    IServer server, IHostApplicationLifetime lifetime, TrackerConnectionFactory connections, ListenAddresses wanted, IConfiguration configuration, ILogger<LifetimeMessages> logger) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        lifetime.ApplicationStarted.Register(Say);
        lifetime.ApplicationStopping.Register(LogStopping);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Say()
    {
        var addresses = server.Features.Get<IServerAddressesFeature>()!.Addresses;
        var settings = TrackerPaths.SettingsPath();
        LogStarted(TrackerVersion.Text, string.Join(" and ", addresses), connections.DatabasePath, settings, File.Exists(settings) ? "" : " (not there; defaults apply)");
        LogHint(addresses.First());
        foreach (var address in addresses.Where(address => !ListenAddresses.IsLoopback(address) && !ListenAddresses.IsEncrypted(address)))
        {
            LogNotLoopback(address);
        }

        if (wanted.IgnoredSetting is { } urls)
        {
            LogUrlsIgnored(urls, string.Join(" and ", addresses));
        }

        foreach (var key in TrackerConfiguration.FindUnknownKeys(configuration))
        {
            LogUnknownSetting(key);
        }
    }

    [LoggerMessage(EventIds.Started, LogLevel.Information, "Tracker {Version} listens on {Addresses}; data in {Database}; settings from {Settings}{Note}", EventName = nameof(EventIds.Started))]
    private partial void LogStarted(string version, string addresses, string database, string settings, string note);

    [LoggerMessage(EventIds.Stopping, LogLevel.Information, "Tracker stops: it takes no new requests and lets open answers finish", EventName = nameof(EventIds.Stopping))]
    private partial void LogStopping();

    [LoggerMessage(EventIds.ClientHint, LogLevel.Information, "To use it: tracker-proxy connect, or ANTHROPIC_BASE_URL={Address} claude for one session of Claude Code. What was used: {Address}/stats/summary", EventName = nameof(EventIds.ClientHint))]
    private partial void LogHint(string address);

    [LoggerMessage(EventIds.NotLoopback, LogLevel.Warning, "{Address} can be reached from other machines and is not encrypted: whoever is on the way sees prompts, keys and the access token. Use https, or a network that encrypts", EventName = nameof(EventIds.NotLoopback))]
    private partial void LogNotLoopback(string address);

    [LoggerMessage(EventIds.UrlsIgnored, LogLevel.Warning, "Urls is {Urls}, but the service manager has opened {Addresses} for Tracker, and that counts. Change ListenStream= of tracker-proxy.socket", EventName = nameof(EventIds.UrlsIgnored))]
    private partial void LogUrlsIgnored(string urls, string addresses);

    [LoggerMessage(EventIds.UnknownSetting, LogLevel.Warning, "The setting {Key} is none that Tracker knows, and has no effect", EventName = nameof(EventIds.UnknownSetting))]
    private partial void LogUnknownSetting(string key);
}
