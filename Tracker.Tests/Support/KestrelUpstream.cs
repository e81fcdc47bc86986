using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Tracker.Tests.Support;

/// <summary>An upstream of a test's own: a real Kestrel host on loopback.</summary>
internal sealed class KestrelUpstream : IAsyncDisposable
{
    private readonly WebApplication _application;

    private KestrelUpstream(WebApplication application, Uri address) => (_application, Address) = (application, address);

    public Uri Address { get; }

    public static async Task<KestrelUpstream> StartAsync(
        RequestDelegate handler, CancellationToken cancellationToken, Action<WebApplication>? configure = null, X509Certificate2? certificate = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.UseUrls(certificate is null ? "http://127.0.0.1:0" : "https://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(options =>
        {
            options.Limits.MaxRequestBodySize = null;
            options.ConfigureHttpsDefaults(https => https.ServerCertificate = certificate);
        });
        var application = builder.Build();
        configure?.Invoke(application);
        application.Run(handler);
        await application.StartAsync(cancellationToken);
        var address = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return new KestrelUpstream(application, new Uri(address));
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync(); // No test waits for connections to end.
        await _application.StopAsync(now.Token);
        await _application.DisposeAsync();
    }
}
