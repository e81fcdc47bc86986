using Tracker.Storage.Usage;

namespace Tracker.Proxy.Capture;

/// <summary>What a request's headers tell about its call. Credentials are looked at for their kind and not kept.</summary>
internal sealed record CallHeaders
{
    /// <summary>Characters kept of a header.</summary>
    public const int LongestText = 512;

    public string? UserAgent { get; private init; }

    public string? Client { get; private init; }

    public string? SessionId { get; private init; }

    public string? AgentId { get; private init; }

    public string? ParentAgentId { get; private init; }

    public AuthMode? AuthMode { get; private init; }

    public string? ContentEncoding { get; private init; }

    public static CallHeaders From(IHeaderDictionary headers)
    {
        var userAgent = Text(headers, "User-Agent");
        return new CallHeaders
        {
            UserAgent = userAgent,
            Client = ClientNames.FromUserAgent(userAgent),
            SessionId = Text(headers, "X-Claude-Code-Session-Id"),
            AgentId = Text(headers, "X-Claude-Code-Agent-Id"),
            ParentAgentId = Text(headers, "X-Claude-Code-Parent-Agent-Id"),
            AuthMode = AuthModeOf(headers),
            ContentEncoding = Text(headers, "Content-Encoding"),
        };
    }

    /// <summary>OAuth tokens of a Claude subscription begin with <c>sk-ant-oat</c>; of other bearer tokens nobody can say (seen 2026-11).</summary>
    private static AuthMode? AuthModeOf(IHeaderDictionary headers)
    {
        if (headers.ContainsKey("x-api-key"))
        {
            return Storage.Usage.AuthMode.ApiKey;
        }

        var authorization = headers.Authorization.ToString();
        if (authorization.StartsWith("Bearer sk-ant-oat", StringComparison.OrdinalIgnoreCase))
        {
            return Storage.Usage.AuthMode.Subscription;
        }

        return authorization.StartsWith("Bearer sk-", StringComparison.OrdinalIgnoreCase) ? Storage.Usage.AuthMode.ApiKey : null;
    }

    private static string? Text(IHeaderDictionary headers, string name) =>
        headers.TryGetValue(name, out var values) && values.ToString() is { Length: > 0 } text ? text[..Math.Min(text.Length, LongestText)] : null;
}
