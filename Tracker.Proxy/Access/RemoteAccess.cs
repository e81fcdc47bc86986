using System.Net;
using Microsoft.AspNetCore.Http.Features;
using Tracker.Proxy.Forwarding;
using Tracker.Proxy.Providers;

namespace Tracker.Proxy.Access;

/// <summary>
/// Lets other machines in only with the token (docs/adr/0020-services.md): Tracker's own pages, and forwarding too, or the proxy would be anybody's. What this machine
/// itself asks for needs none. The token never travels on to an upstream.
/// </summary>
internal sealed class RemoteAccess(RequestDelegate next, AccessToken token, OwnPagesGuard guard, ProviderCatalog providers)
{
    /// <summary>A header for clients that can send one. <c>Authorization</c> and its like belong to the upstream.</summary>
    public const string Header = "X-Tracker-Token";

    /// <summary>The first segment of a base URL for clients that cannot: <c>/_token/&lt;token&gt;/v1/messages</c>.</summary>
    public const string Prefix = "_token";

    private static readonly PathString HealthPath = new("/healthz");

    public Task InvokeAsync(HttpContext context)
    {
        var hasToken = TakeHeader(context.Request.Headers) | TakePrefix(context);
        if (hasToken)
        {
            context.Features.Set(token);
        }

        var isAdmitted = hasToken || (IsThisMachine(context.Connection) && !IsPassedOn(context.Request.Headers));
        var target = RequestTarget.Parse(context.Features.Get<IHttpRequestFeature>()!.RawTarget);
        switch (target.FirstSegment)
        {
            case OwnPages.Health when context.Request.Path == HealthPath: // Pages are found by Path, in which /healthz/../stats is /stats.
                return next(context);
            case var name when OwnPages.Has(name):
                return isAdmitted || HasBearer(context.Request.Headers) || token.MatchesCookie(context.Request.Cookies[SignIn.Cookie]) ? next(context)
                    : guard.Admits(context) ? SignIn.AnswerAsync(context, token) : next(context);
            default:
                return isAdmitted ? next(context) : RefuseAsync(context, providers.Find(target.FirstSegment)?.Dialect ?? Dialect.Anthropic);
        }
    }

    /// <summary>A connection from an address of this machine to the same address has not left it.</summary>
    private static bool IsThisMachine(ConnectionInfo connection) =>
        connection.RemoteIpAddress is not { } remote || IPAddress.IsLoopback(Plain(remote)) || (connection.LocalIpAddress is { } local && Plain(remote).Equals(Plain(local)));

    /// <summary>Whether a proxy on this machine (TLS, a tunnel) says that it speaks for somebody else: RFC 7239, and what was there before it. Caddy, cloudflared and tailscale serve send one.</summary>
    private static bool IsPassedOn(IHeaderDictionary headers) => headers.ContainsKey("Forwarded") || headers.ContainsKey("X-Forwarded-For") || headers.ContainsKey("X-Real-IP");

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    private static Task RefuseAsync(HttpContext context, Dialect dialect) => ErrorResponse.WriteAsync(
        context, dialect, StatusCodes.Status401Unauthorized,
        $"Tracker: other machines need this proxy's access token. Send it as the header {Header}, or put /{Prefix}/<token> in front of the path of the base URL. Nothing was forwarded.");

    private bool TakeHeader(IHeaderDictionary headers) => headers.Remove(Header, out var value) && token.Matches(value);

    private bool HasBearer(IHeaderDictionary headers) =>
        headers.Authorization.ToString() is var value && value.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) && token.Matches(value["Bearer ".Length..].Trim());

    private bool TakePrefix(HttpContext context)
    {
        var request = context.Features.Get<IHttpRequestFeature>()!;
        var target = RequestTarget.Parse(request.RawTarget);
        if (target.FirstSegment != Prefix || !target.Rest.StartsWith('/'))
        {
            return false;
        }

        var inner = RequestTarget.Parse(target.Rest);
        var rest = inner.Rest.StartsWith('/') ? inner.Rest : "/" + inner.Rest;
        request.RawTarget = rest;
        request.Path = PathString.FromUriComponent(RequestTarget.PathOf(rest).ToString()).Value!;
        return token.Matches(inner.FirstSegment);
    }
}
