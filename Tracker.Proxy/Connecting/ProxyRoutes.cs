using Tracker.Proxy.Forwarding;

namespace Tracker.Proxy.Connecting;

/// <summary>The addresses under which clients reach their upstreams through this proxy, and the way back.</summary>
internal sealed class ProxyRoutes
{
    private const string Anthropic = "anthropic";

    private readonly ProviderCatalog _providers;
    private readonly IReadOnlyList<Uri> _addresses;

    /// <param name="listenAddresses">The setting <c>Urls</c>.</param>
    /// <param name="providers">The upstreams.</param>
    public ProxyRoutes(IEnumerable<string> listenAddresses, ProviderCatalog providers)
    {
        _providers = providers;
        _addresses = [.. listenAddresses.Select(AsSeenFromHere)];
        // On this machine nothing is gained by a certificate, which every client would have to trust.
        Address = _addresses.OrderByDescending(address => address.IsLoopback).ThenByDescending(address => address.Scheme == Uri.UriSchemeHttp).First().ToString().TrimEnd('/');
    }

    /// <summary>The proxy's own, without a slash at its end.</summary>
    public string Address { get; }

    /// <summary>What every address of this proxy has in it, however its host is written: <c>:8082</c>.</summary>
    public IEnumerable<string> Ports => _addresses.Select(address => address.IsDefaultPort ? "://" : $":{address.Port}");

    public Provider ProviderOf(string name) => _providers.Find(name)!;

    /// <summary>The address of a provider's route, with more behind it.</summary>
    public string To(string provider, string rest = "") => provider == Anthropic ? Address + rest : $"{Address}/{provider}{rest}";

    /// <summary>The address that goes to the same place through this proxy; null when none of its providers is there.</summary>
    public string? ThroughHere(string address)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.UserInfo.Length > 0 || uri.Query.Length > 0 || uri.Fragment.Length > 0)
        {
            return null;
        }

        var path = uri.AbsolutePath.TrimEnd('/');
        var upstream = _providers.Names.Select(name => (Name: name, Path: PathAt(uri, new Uri(_providers.Find(name)!.BaseAddress)))).Where(provider => provider.Path is not null)
            .OrderByDescending(provider => provider.Path!.Length).FirstOrDefault();
        return upstream.Path is null ? null : To(upstream.Name, path[upstream.Path.Length..]);
    }

    /// <summary>Where an address that leads here goes on to; null when it leads nowhere.</summary>
    public string? Beyond(string address)
    {
        var path = new Uri(address).AbsolutePath.TrimEnd('/');
        var (name, rest) = path.IndexOf('/', 1 <= path.Length ? 1 : 0) is var slash and > 0 ? (path[1..slash], path[slash..]) : (path.TrimStart('/'), "");
        return name is "" or "v1" or "api" ? ProviderOf(Anthropic).BaseAddress + path : _providers.Find(name) is { } provider ? provider.BaseAddress + rest : null;
    }

    /// <summary>Whether an address is one of this proxy's.</summary>
    public bool LeadsHere(string? address) => Uri.TryCreate(address, UriKind.Absolute, out var uri) && _addresses.Any(own => IsSameServer(own, uri));

    // localhost and 127.0.0.1 are one, however they are written.
    private static bool IsSameServer(Uri one, Uri other) =>
        one.Scheme == other.Scheme && one.Port == other.Port && (one.Host.Equals(other.Host, StringComparison.OrdinalIgnoreCase) || (one.IsLoopback && other.IsLoopback));

    /// <summary>The path of an upstream's base address, if an address is there or below.</summary>
    private static string? PathAt(Uri address, Uri upstream)
    {
        var (path, start) = (address.AbsolutePath.TrimEnd('/'), upstream.AbsolutePath.TrimEnd('/'));
        return IsSameServer(address, upstream) && path.StartsWith(start, StringComparison.OrdinalIgnoreCase) && (path.Length == start.Length || path[start.Length] == '/') ? start : null;
    }

    // Who listens everywhere is reached on this machine as 127.0.0.1.
    private static Uri AsSeenFromHere(string listenAddress)
    {
        var address = BindingAddress.Parse(listenAddress);
        var host = address.Host is "*" or "+" or "0.0.0.0" or "[::]" ? "127.0.0.1" : address.Host;
        return new Uri($"{address.Scheme}://{host}:{address.Port}/");
    }
}
