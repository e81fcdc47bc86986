using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Hosting.WindowsServices;
using Microsoft.Extensions.Options;
using Tracker.Proxy.Access;
using Tracker.Proxy.Dashboard;
using Tracker.Proxy.Forwarding;
using Tracker.Proxy.Listening;
using Tracker.Proxy.Recording;
using Tracker.Proxy.Statistics;
using Tracker.Storage.Connections;
using Tracker.Storage.Hosting;
using Tracker.Storage.Pricing;

namespace Tracker.Proxy;

/// <summary>Builds the proxy and runs it until it is told to stop.</summary>
internal static class ProxyApplication
{
    /// <returns>The process's exit code.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        try
        {
            using var ownership = new Ownership(); // Given back last, when nothing of this process touches the directory any more.
            await using var application = Build(arguments);
            // Settings are checked before anything is touched, then the data directory is claimed, then the port is opened.
            application.Services.GetRequiredService<IStartupValidator>().Validate();
            ownership.Lock = DataDirectoryOwnership.Take(application.Services.GetRequiredService<TrackerConnectionFactory>());
            var services = application.Services.GetServices<IHostedService>().OfType<BackgroundService>().ToList();
            // The first row needs them, and by then they are read.
            _ = Task.Run(() => application.Services.GetRequiredService<PriceBooks>().Current);
            await application.RunAsync();
            return services.Exists(service => service.ExecuteTask is { IsFaulted: true }) ? ExitCodes.Failed : ExitCodes.Ok;
        }
        catch (Exception exception) when (ProxyFailure.Explain(exception) is { } failure)
        {
            if (WindowsServiceHelpers.IsWindowsService())
            {
                StartFailureFile.Write(failure, TimeProvider.System.GetLocalNow());
            }

            return failure.Tell("tracker-proxy");
        }
    }

    private sealed class Ownership : IDisposable
    {
        public DirectoryLock? Lock { get; set; }

        public void Dispose() => Lock?.Dispose();
    }

    private static WebApplication Build(IReadOnlyList<string> arguments)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.AddTrackerSettings(arguments);
        builder.Services.AddServiceManager();
        builder.Services.AddTrackerLogging(
            builder.Configuration, "tracker-proxy", jsonOnConsole: ServiceManager.IsParent, consoleIsForResult: false, mayWait: false,
            isTold: ToldEvents.Include);
        builder.Services.AddTrackerStorage();
        builder.Services.AddRecording();
        builder.Services.AddForwarding();
        builder.Services.AddStatistics();
        builder.Services.AddHostedService<LifetimeMessages>();
        builder.Services.AddHostedService<SecondSignal>();
        builder.Services.AddOptions<HostOptions>().Configure<IOptions<ProxyOptions>, IOptions<RecordingOptions>, IOptionsMonitor<StorageOptions>>(SetShutdownTime);
        builder.Services.AddHostedService<Watchdog>();
        var addresses = ListenAddresses.Read(builder.Configuration);
        builder.Services.AddSingleton(addresses);
        builder.AddAccess(addresses);
        // Nothing where there are sockets: Kestrel would warn that they win over addresses.
        builder.WebHost.UseUrls(PassedSockets.Descriptors.Count > 0 ? [] : [.. addresses.All]);
        builder.WebHost.ConfigureKestrel(kestrel => ConfigureKestrel(kestrel, addresses));

        var application = builder.Build();
        if (PassedSockets.Descriptors.Count > 0)
        {
            application.UseLastingConnections();
        }

        application.UseRemoteAccess();
        application.UseMiddleware<ForwardingMiddleware>();
        application.UseRouting(); // By itself it would come first, and choose a page by a path that the token is still in front of.
        application.MapStatus();
        application.MapStatistics();
        application.MapDashboard();
        return application;
    }

    /// <summary>Kestrel's limits protect servers from strangers. Here they would only break what would have worked without the proxy.</summary>
    private static void ConfigureKestrel(KestrelServerOptions options, ListenAddresses addresses)
    {
        options.AddServerHeader = false;
        options.Limits.MaxRequestBodySize = null;
        options.Limits.MinRequestBodyDataRate = null;
        options.Limits.MinResponseDataRate = null;
        options.Limits.MaxRequestHeadersTotalSize = 1024 * 1024;
        options.Limits.MaxRequestHeaderCount = 1000;
        options.Limits.MaxRequestLineSize = 256 * 1024;
        options.Limits.Http2.MaxRequestHeaderFieldSize = 1024 * 1024;
        options.AllowAlternateSchemes = true;
        options.ConfigureEndpointDefaults(ConfigureEndpoint);
        // Bytes in, the same bytes out, whatever they mean.
        options.RequestHeaderEncodingSelector = _ => System.Text.Encoding.Latin1;
        options.ResponseHeaderEncodingSelector = _ => System.Text.Encoding.Latin1;
        foreach (var (descriptor, address) in PassedSockets.Descriptors.Zip(addresses.All))
        {
            // After what is to hold for it.
            options.ListenHandle((ulong)descriptor, endpoint =>
            {
                if (ListenAddresses.IsEncrypted(address))
                {
                    endpoint.UseHttps();
                }
            });
        }
    }

    private static void ConfigureEndpoint(ListenOptions endpoint)
    {
        if (PassedSockets.Descriptors.Count > 0)
        {
            LastingConnections.Use(endpoint);
        }

        Http2PriorKnowledge.Use(endpoint);
    }

    // Open streams, connections that may bring one more request, then the drain (which may sit in one last wait for a lock), then a little for the rest.
    private static void SetShutdownTime(HostOptions host, IOptions<ProxyOptions> proxy, IOptions<RecordingOptions> recording, IOptionsMonitor<StorageOptions> storage) =>
        host.ShutdownTimeout = proxy.Value.ShutdownGrace + LastingConnection.Patience + recording.Value.DrainTimeout + storage.CurrentValue.BusyTimeout + TimeSpan.FromSeconds(5);
}
