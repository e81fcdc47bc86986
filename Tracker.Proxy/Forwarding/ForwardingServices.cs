using Tracker.Proxy.Capture;

namespace Tracker.Proxy.Forwarding;

internal static class ForwardingServices
{
    /// <summary>The forwarder and what it shows of the calls to the recording.</summary>
    public static IServiceCollection AddForwarding(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<ProxyOptions, ProxyOptionsValidator>().BindConfiguration(ProxyOptions.SectionName);
        services.AddOptionsWithValidateOnStart<PrivacyOptions>().BindConfiguration(PrivacyOptions.SectionName);
        services.AddHttpForwarder();
        return services
            .AddSingleton<ProviderCatalog>()
            .AddSingleton<UpstreamClient>()
            .AddSingleton<UpstreamTrouble>()
            .AddSingleton<ShutdownGrace>()
            .AddSingleton<CallCaptureFactory>()
            .AddSingleton<UnreadCalls>()
            .AddSingleton<DrainAfterDisconnect>()
            .AddSingleton<CallForwarder>()
            .AddSingleton<OwnPagesGuard>();
    }
}
