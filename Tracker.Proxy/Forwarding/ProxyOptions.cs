using Microsoft.Extensions.Options;

namespace Tracker.Proxy.Forwarding;

/// <summary>Where requests go and how long the proxy is patient.</summary>
public sealed class ProxyOptions
{
    public const string SectionName = "Proxy";

    /// <summary>Upstreams by the name of their route. The known ones are built in; an entry here changes one or adds one.</summary>
    public Dictionary<string, ProviderOptions> Providers { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Names besides localhost and this machine's addresses by which a browser may ask for Tracker's own pages.</summary>
    public List<string> AllowedHosts { get; } = [];

    /// <summary>What other machines must present to use the proxy and to see its pages. Needed as soon as <c>Urls</c> lets them reach it. Default: none.</summary>
    public string? AccessToken { get; set; }

    /// <summary>
    /// Silence from the upstream after which a call is given up. Never a total limit: a stream that moves may take hours. One second to one day. Default 30 minutes: an answer that is not
    /// streamed is silent until it is there, and OpenAI tells clients to wait 15 minutes for one of its Flex tier (platform.openai.com/docs/guides/flex-processing), Google up to 15 for Gemini's
    /// (ai.google.dev/gemini-api/docs/flex-inference, seen 2026-11). SDKs would ask again after a 504.
    /// </summary>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>Time for open streams to finish at shutdown. 0 to 1 hour. Default 10 seconds.</summary>
    public TimeSpan ShutdownGrace { get; set; } = TimeSpan.FromSeconds(10);
}

/// <summary>Names every wrong proxy setting by its key.</summary>
internal sealed class ProxyOptionsValidator : IValidateOptions<ProxyOptions>
{
    public ValidateOptionsResult Validate(string? name, ProxyOptions options)
    {
        var faults = new List<string>();
        if (options.IdleTimeout < TimeSpan.FromSeconds(1) || options.IdleTimeout > TimeSpan.FromDays(1))
        {
            faults.Add($"Proxy:IdleTimeout is {options.IdleTimeout}: it must be between 00:00:01 and 1.00:00:00.");
        }

        if (options.ShutdownGrace < TimeSpan.Zero || options.ShutdownGrace > TimeSpan.FromHours(1))
        {
            faults.Add($"Proxy:ShutdownGrace is {options.ShutdownGrace}: it must be between 00:00:00 and 01:00:00.");
        }

        if (!string.IsNullOrEmpty(options.AccessToken) && !Access.AccessToken.IsWellFormed(options.AccessToken))
        {
            faults.Add($"Proxy:AccessToken must be {Access.AccessToken.Rule}."); // Not what it is.
        }

        foreach (var host in options.AllowedHosts.Where(host => Uri.CheckHostName(host) == UriHostNameType.Unknown))
        {
            faults.Add($"Proxy:AllowedHosts has '{host}': it must be a name alone, such as tracker.example, without http://, a port or a *. Several are a list: Proxy:AllowedHosts:0, Proxy:AllowedHosts:1.");
        }

        foreach (var (provider, settings) in options.Providers)
        {
            faults.AddRange(ProviderCatalog.FaultsOf(provider, settings));
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
