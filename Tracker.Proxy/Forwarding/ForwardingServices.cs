using Tracker.Proxy.Capture;

namespace Tracker.Proxy.Forwarding;

internal static class ForwardingServices
{
    private const string AllowedHosts = $"{ProxyOptions.SectionName}:{nameof(ProxyOptions.AllowedHosts)}";

    /// <summary>The forwarder and what it shows of the calls to the recording.</summary>
    public static IServiceCollection AddForwarding(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<ProxyOptions, ProxyOptionsValidator>().BindConfiguration(ProxyOptions.SectionName)
            .Configure<IConfiguration>((options, configuration) => options.AllowedHosts.AddRange(configuration[AllowedHosts] is { Length: > 0 } single ? [single] : [])); // The binder takes a list alone.
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
