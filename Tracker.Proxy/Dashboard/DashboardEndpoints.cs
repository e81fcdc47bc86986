using System.Collections.Frozen;
using System.Reflection;
using System.Security.Cryptography;
using Microsoft.Extensions.Primitives;

namespace Tracker.Proxy.Dashboard;

/// <summary><c>/dashboard</c>: pages of our own, embedded in the program, that show the reports of <c>/stats</c> (docs/adr/0017-dashboard.md).</summary>
internal static class DashboardEndpoints
{
    private const string Prefix = "Dashboard/";

    // Nothing but what this server sends; the pages' own scripts set styles through the DOM, which this allows.
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static readonly FrozenDictionary<string, Page> Pages = Assembly.GetExecutingAssembly().GetManifestResourceNames()
        .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
        .ToFrozenDictionary(name => name[Prefix.Length..], Read, StringComparer.Ordinal);

    public static void MapDashboard(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapMethods("/dashboard", OwnPages.Methods, (HttpContext context) => Answer(context, "index.html"));
        endpoints.MapMethods("/dashboard/{name}", OwnPages.Methods, Answer);
    }

    private static IResult Answer(HttpContext context, string name)
    {
        if (!Pages.TryGetValue(name, out var page))
        {
            return Results.Text("There is no such page. The dashboard is at /dashboard .\n", statusCode: StatusCodes.Status404NotFound);
        }

        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        // Asked for again each time, and sent again only after an update.
        headers.CacheControl = "no-cache";
        headers.ETag = page.ETag;
        return context.Request.Headers.IfNoneMatch == page.ETag ? Results.StatusCode(StatusCodes.Status304NotModified) : Results.Bytes(page.Content, page.ContentType);
    }

    private static Page Read(string resource)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(resource)!;
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return new Page(content, ContentTypeOf(resource), $"\"{Convert.ToHexStringLower(SHA256.HashData(content))[..16]}\"");
    }

    private static string ContentTypeOf(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".svg" => "image/svg+xml",
        var other => throw new InvalidOperationException($"{name}: nothing is known of {other}."),
    };

    private sealed record Page(byte[] Content, string ContentType, StringValues ETag);
}
