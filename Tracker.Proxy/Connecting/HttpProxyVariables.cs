namespace Tracker.Proxy.Connecting;

/// <summary>
/// The variables that send a client's calls through an HTTP proxy (a company's, say). Clients ask it for this machine's own addresses, too, unless <c>NO_PROXY</c> names those: tried with Claude Code,
/// Codex, Gemini CLI and opencode, 2026-11. Ranges of addresses (<c>127.0.0.0/8</c>) in it are not understood by all of them.
/// </summary>
internal static class HttpProxyVariables
{
    // Claude Code takes either of the first for any address, Codex 0.171 the last as well. To name this machine in NO_PROXY harms nobody who would not have needed it.
    private static readonly string[] Proxies = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

    /// <summary>Why a client would not reach an address directly; null: it would.</summary>
    /// <param name="variable">The client's variables.</param>
    /// <param name="readsNoProxy">Whether the client looks at <c>NO_PROXY</c>.</param>
    /// <param name="address">The proxy's, as the client gets it.</param>
    public static string? Obstacle(Func<string, string?> variable, bool readsNoProxy, string address)
    {
        if (Array.Find(Proxies, name => variable(name) is not null) is not { } proxy)
        {
            return null;
        }

        var host = new Uri(address).Host;
        return !readsNoProxy ? $"{proxy} is set, and it does not look at NO_PROXY: its calls would go to that proxy instead of {host}"
            : Names(variable("NO_PROXY"), host) || Names(variable("no_proxy"), host) ? null
            : $"{proxy} is set and NO_PROXY does not name {host}: its calls would go to that proxy. Set NO_PROXY={host} where {proxy} is set, beside what it has, and connect again";
    }

    private static bool Names(string? noProxy, string host) => (noProxy ?? "").Split([',', ' ', ';'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        .Any(entry => entry == "*" || string.Equals(entry.Trim('[', ']'), host.Trim('[', ']'), StringComparison.OrdinalIgnoreCase));
}
