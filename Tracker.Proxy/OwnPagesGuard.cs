using System.Net;
using Microsoft.Extensions.Options;
using Tracker.Proxy.Forwarding;
using Tracker.Proxy.Listening;

namespace Tracker.Proxy;

/// <summary>
/// Keeps other web sites away from Tracker's own pages: a page in a browser that has let its own name point to 127.0.0.1 (DNS rebinding) sends that
/// name as Host. Addresses, the names of this machine and those in <c>Proxy:AllowedHosts</c> are answered. The same goes for upstreams on this machine; forwarding to others is not affected.
/// </summary>
internal sealed class OwnPagesGuard
{
    private readonly HashSet<string> _hosts;

    public OwnPagesGuard(ListenAddresses addresses, IOptions<ProxyOptions> options)
    {
        _hosts = new HashSet<string>(options.Value.AllowedHosts, StringComparer.OrdinalIgnoreCase) { "localhost" };
        foreach (var address in addresses.All)
        {
            var host = BindingAddress.Parse(address).Host;
            _hosts.Add(host is "*" or "+" or "0.0.0.0" or "[::]" ? Dns.GetHostName() : host);
        }
    }

    /// <summary>Whether a request for one of Tracker's own pages is answered. Sets the headers that its answer has in any case.</summary>
    public bool Admits(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers.CacheControl = "no-store";
        return IsOurs(context.Request.Host.Host);
    }

    /// <summary>
    /// Whether a request may go on to an upstream on this machine: not that of a browser by a name that is not ours. Browsers always send Accept-Language, and a program may call us what it
    /// likes. A container asks for its machine by a name in .internal, which no web site can have (ICANN, 2024-07-29).
    /// </summary>
    public bool AdmitsToUpstream(HttpRequest request) =>
        !MayBeBrowsers(request.Headers) || IsOurs(request.Host.Host) || request.Host.Host.EndsWith(".internal", StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// Node's fetch sends Accept-Language as well, a bare *, which a page can set; but beside it Sec-Fetch-Mode without Sec-Fetch-Site (20.20, seen 2026-11). Browsers send either both of these
    /// or none (w3.org/TR/fetch-metadata), and no page can set them.
    /// </summary>
    private static bool MayBeBrowsers(IHeaderDictionary headers) =>
        headers.TryGetValue("Accept-Language", out var languages) && !(languages == "*" && headers.ContainsKey("Sec-Fetch-Mode") && !headers.ContainsKey("Sec-Fetch-Site"));

    // An address cannot be rebound. HTTP/1.0 clients send no Host at all; browsers always do.
    private bool IsOurs(string host) => host.Length == 0 || _hosts.Contains(host) || IPAddress.TryParse(host.Trim('[', ']'), out _);
}
