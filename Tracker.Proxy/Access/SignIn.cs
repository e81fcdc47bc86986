using Microsoft.AspNetCore.Http.Features;

namespace Tracker.Proxy.Access;

/// <summary>How a browser on another machine gets to Tracker's own pages: it is asked for the token once, and keeps a cookie for these pages alone.</summary>
internal static class SignIn
{
    public const string Cookie = "tracker_access";
    public const string Path = "/dashboard/sign-in";

    private const int LargestForm = 4096;

    /// <summary>Answers a request for one of Tracker's own pages that has shown no token.</summary>
    public static async Task AnswerAsync(HttpContext context, AccessToken token)
    {
        if (!HttpMethods.IsPost(context.Request.Method) || context.Request.Path != Path)
        {
            await AskAsync(context, "");
            return;
        }

        if (!token.Matches(await ReadTokenAsync(context)))
        {
            await AskAsync(context, "That is not the token.");
            return;
        }

        // Not for '/': the browser would send it along with calls that are forwarded.
        foreach (var page in OwnPages.Names)
        {
            context.Response.Cookies.Append(Cookie, token.Cookie, new CookieOptions
            {
                Path = "/" + page,
                HttpOnly = true,
                SameSite = SameSiteMode.Strict,
                Secure = context.Request.IsHttps,
                MaxAge = TimeSpan.FromDays(90),
            });
        }

        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = "/dashboard";
    }

    private static Task AskAsync(HttpContext context, string note)
    {
        context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        if (!context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase))
        {
            context.Response.Headers.WWWAuthenticate = "Bearer realm=\"Tracker\"";
            context.Response.ContentType = "text/plain; charset=utf-8";
            return context.Response.WriteAsync($"Other machines need the access token: Authorization: Bearer <Proxy:AccessToken>, or the header {RemoteAccess.Header}.\n", context.RequestAborted);
        }

        context.Response.Headers.ContentSecurityPolicy = "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
        context.Response.ContentType = "text/html; charset=utf-8";
        return context.Response.WriteAsync(
            $"""
            <!doctype html>
            <html lang="en">
            <head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Tracker</title></head>
            <body>
            <h1>Tracker</h1>
            <form method="post" action="{Path}">
            <p role="alert">{note}</p>
            <p><label>Access token <input name="token" type="password" autocomplete="current-password" required autofocus></label> <button>Open</button></p>
            </form>
            </body>
            </html>

            """,
            context.RequestAborted);
    }

    private static async Task<string?> ReadTokenAsync(HttpContext context)
    {
        if (!context.Request.HasFormContentType)
        {
            return null;
        }

        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = LargestForm; // Forwarding has no limit.
        }

        try
        {
            var form = await context.Request.ReadFormAsync(context.RequestAborted);
            return form["token"];
        }
        catch (Exception exception) when (exception is InvalidDataException or BadHttpRequestException)
        {
            return null;
        }
    }
}
