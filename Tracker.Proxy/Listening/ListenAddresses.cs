using System.Net;
using Tracker.Storage.Hosting;

namespace Tracker.Proxy.Listening;

/// <summary>Where the proxy listens: on the sockets that it was given, else by the setting <c>Urls</c>.</summary>
/// <param name="All">Addresses such as <c>http://127.0.0.1:8082</c>.</param>
/// <param name="IgnoredSetting">What <c>Urls</c> says, if it says something else.</param>
internal sealed record ListenAddresses(IReadOnlyList<string> All, string? IgnoredSetting = null)
{
    public const string Default = "http://127.0.0.1:8082";

    /// <exception cref="SettingsException">An address is not one that can be listened on.</exception>
    public static ListenAddresses Read(IConfiguration configuration) => Read(configuration["Urls"], PassedSockets.EndPoints);

    /// <param name="setting"><c>Urls</c>.</param>
    /// <param name="passed">End points of the sockets that the proxy was given.</param>
    internal static ListenAddresses Read(string? setting, IReadOnlyList<string> passed)
    {
        var addresses = ReadSetting(setting);
        if (passed.Count == 0)
        {
            return new ListenAddresses(addresses);
        }

        var scheme = addresses.Any(IsEncrypted) ? "https" : "http";
        string[] given = [.. passed.Select(endPoint => $"{scheme}://{endPoint}")];
        return new ListenAddresses(given, setting is null || addresses.Select(Normalize).ToHashSet().SetEquals(given) ? null : setting);
    }

    /// <summary>The same as <c>ListenStream=</c> of systemd.socket(5). Empty where an address has no port of its own.</summary>
    public IReadOnlyList<string> ListenStreams
    {
        get
        {
            var addresses = All.Select(BindingAddress.Parse).ToList();
            return addresses.Exists(address => address.IsUnixPipe || address.Port == 0) ? [] : [.. addresses.Select(StreamOf).Distinct()];
        }
    }

    // For every other name Kestrel listens everywhere, as systemd does for a port alone.
    private static string StreamOf(BindingAddress address) => address.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase) ? $"127.0.0.1:{address.Port}"
        : IPAddress.TryParse(address.Host.Trim('[', ']'), out _) ? $"{address.Host}:{address.Port}"
        : $"{address.Port}";

    private static string Normalize(string address) => address.TrimEnd('/').Replace("//localhost:", "//127.0.0.1:", StringComparison.OrdinalIgnoreCase);

    private static string[] ReadSetting(string? setting)
    {
        var addresses = (setting ?? Default).Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (addresses.Length == 0)
        {
            throw new SettingsException("Urls is empty: it must name an address such as http://127.0.0.1:8082.");
        }

        foreach (var address in addresses)
        {
            if (!IsValid(address))
            {
                throw new SettingsException($"Urls is '{address}': it must be an http:// or https:// address with a port (1 to 65535; 0 for any, with 127.0.0.1 and not localhost) and no path, such as {Default}.");
            }
        }

        return addresses;
    }

    /// <summary>Whether only this machine can reach the address.</summary>
    public static bool IsLoopback(string address)
    {
        var parsed = BindingAddress.Parse(address);
        // Kestrel listens everywhere for every other name.
        return parsed.IsUnixPipe || parsed.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(parsed.Host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip));
    }

    public static bool IsEncrypted(string address) => address.StartsWith("https://", StringComparison.OrdinalIgnoreCase);

    private static bool IsValid(string address)
    {
        try
        {
            var parsed = BindingAddress.Parse(address);
            return parsed is { Scheme: "http" or "https", PathBase.Length: 0 } && (parsed.IsUnixPipe || (!parsed.IsNamedPipe && IsServer(parsed)));
        }
        catch (FormatException)
        {
            return false;
        }
    }

    // Kestrel would listen everywhere for whatever it does not understand, such as a name with a user in front of it; and clients must be able to ask there.
    private static bool IsServer(BindingAddress address) => address.Host is "*" or "+"
        ? address.Port is >= 0 and <= ushort.MaxValue
        : Uri.TryCreate($"{address.Scheme}://{address.Host}:{address.Port}/", UriKind.Absolute, out var uri) && uri is { PathAndQuery: "/", Fragment: "", UserInfo: "" }
            && (uri.Port != 0 || !address.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)); // Both its addresses would have to get the same free port.
}
