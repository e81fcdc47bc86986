using System.Net;
using Tracker.Proxy.Providers;

namespace Tracker.Proxy.Forwarding;

/// <summary>An upstream that requests are forwarded to.</summary>
internal sealed record Provider
{
    /// <summary>The name of its route.</summary>
    public required string Name { get; init; }

    /// <summary>
    /// Of the <c>provider</c> column: the route's, but for Ollama's cloud, where models have their plain names and are billed by the token (ollama/ollama#16714, seen 2026-11-30). What
    /// <c>ollama</c> runs costs nothing.
    /// </summary>
    public string RecordedName => IsOllamasCloud && Name == "ollama" ? "ollama-cloud" : Name;

    /// <summary>Without a slash at its end; what is left of the request's target is appended as it is.</summary>
    public required string BaseAddress
    {
        get;
        init
        {
            field = value;
            var address = new Uri(value);
            IsOnThisMachine = LeadsToThisMachine(address);
            IsOllamasCloud = address.Host.Equals("ollama.com", StringComparison.OrdinalIgnoreCase) || address.Host.EndsWith(".ollama.com", StringComparison.OrdinalIgnoreCase);
            BasePath = address.AbsolutePath.TrimEnd('/');
        }
    }

    /// <summary>The path of <see cref="BaseAddress"/>, which may be the beginning of the API's own: <c>/v1</c>. Empty for an address without one.</summary>
    public string BasePath { get; private init; } = "";

    /// <summary>Whether nobody but this machine is meant to reach it.</summary>
    public bool IsOnThisMachine { get; private init; }

    private bool IsOllamasCloud { get; init; }

    public required Dialect Dialect { get; init; }

    /// <inheritdoc cref="ProviderOptions.DrainAfterDisconnect"/>
    public bool DrainAfterDisconnect { get; init; }

    /// <inheritdoc cref="ProviderOptions.AskForUsage"/>
    public bool AskForUsage { get; init; }

    // Docker's name for the machine that a container runs on (docs.docker.com, Docker Desktop, networking, seen 2026-11).
    private static bool LeadsToThisMachine(Uri address) =>
        address.IsLoopback || address.Host.Equals("host.docker.internal", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip) && (ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any)));
}
