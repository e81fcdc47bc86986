using Tracker.Storage.Hosting;

namespace Tracker.Proxy;

/// <summary>The setting <c>Urls</c>.</summary>
internal static class ListenAddresses
{
    private const string Default = "http://127.0.0.1:8082";

    /// <exception cref="SettingsException">An address is not one that can be listened on.</exception>
    public static string[] Read(IConfiguration configuration)
    {
        var addresses = (configuration["Urls"] ?? Default).Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (addresses.Length == 0)
        {
            throw new SettingsException("Urls is empty: it must name an address such as http://127.0.0.1:8082.");
        }

        foreach (var address in addresses)
        {
            if (!IsValid(address))
            {
                throw new SettingsException($"Urls is '{address}': it must be an http:// address with a port and no path, such as {Default}.");
            }
        }

        return addresses;
    }

    /// <summary>Whether only this machine can reach the address.</summary>
    public static bool IsLoopback(string address) => Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.IsLoopback;

    private static bool IsValid(string address)
    {
        try
        {
            var parsed = BindingAddress.Parse(address);
            return parsed.Scheme == "http" && parsed.PathBase.Length == 0;
        }
        catch (FormatException)
        {
            return false;
        }
    }
}
