using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Forwarder;

namespace Tracker.Benchmarks;

/// <summary>The yardstick: YARP's forwarder and nothing else, in the settings of the proxy.</summary>
internal static class BareForwarder
{
    public static async Task RunAsync(string upstream)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddHttpForwarder();
        var application = builder.Build();
        using var client = new HttpMessageInvoker(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            UseProxy = false,
            ActivityHeadersPropagator = null,
        });
        var forwarder = application.Services.GetRequiredService<IHttpForwarder>();
        application.Run(async context => await forwarder.SendAsync(context, upstream, client, ForwarderRequestConfig.Empty));
        await ChildProcess.ServeAsync(application);
    }
}
