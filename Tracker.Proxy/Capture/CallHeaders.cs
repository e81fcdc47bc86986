using Tracker.Storage.Usage;

namespace Tracker.Proxy.Capture;

/// <summary>What a request's headers tell about its call. Credentials are looked at for their kind and not kept.</summary>
internal sealed record CallHeaders
{
    /// <summary>Characters kept of a header.</summary>
    public const int LongestText = 512;

    public string? UserAgent { get; private init; }

    public string? Client { get; private init; }

    /// <summary>The user agent names the client itself, not only the SDK that it is made with.</summary>
    public bool NamesClient { get; private init; }

    public string? SessionId { get; private init; }

    public string? AgentId { get; private init; }

    public string? ParentAgentId { get; private init; }

    public AuthMode? AuthMode { get; private init; }

    public string? ContentEncoding { get; private init; }

    public static CallHeaders From(IHeaderDictionary headers)
    {
        var userAgent = Text(headers, "User-Agent");
        var client = ClientNames.FromUserAgent(userAgent);
        var isSdk = ClientNames.IsSdk(client);
        var (agentId, parentAgentId) = AgentOf(headers);
        return new CallHeaders
        {
            UserAgent = userAgent,
            Client = isSdk && IsOfCopilot(headers) ? "copilot-cli" : client == "opencode" && IsOfKilo(headers) ? "kilo-code" : client,
            NamesClient = !isSdk,
            SessionId = Text(headers, "X-Claude-Code-Session-Id") ?? Text(headers, "session-id") ?? Text(headers, "x-session-id") ?? Text(headers, "session_id"),
            AgentId = agentId,
            ParentAgentId = parentAgentId,
            AuthMode = AuthModeOf(headers),
            ContentEncoding = Text(headers, "Content-Encoding"),
        };
    }

    // Copilot CLI with a provider of one's own has the user agents of the SDKs, and says itself in these (seen 2026-11). Others that speak to GitHub Copilot send them too: opencode.
    private static bool IsOfCopilot(IHeaderDictionary headers) => headers.ContainsKey("x-interaction-type") || headers.ContainsKey("x-initiator");

    // Kilo Code is made from opencode, and with OpenAI's Responses it still has its user agent (7.7.9, seen 2026-12).
    private static bool IsOfKilo(IHeaderDictionary headers) => headers["x-title"] == "Kilo Code";

    /// <summary>Codex's sub-agents have a thread of their own below the root's session; the root's thread is the session itself (seen 2026-11).</summary>
    private static (string? Agent, string? Parent) AgentOf(IHeaderDictionary headers)
    {
        if (Text(headers, "X-Claude-Code-Agent-Id") is { } agent)
        {
            return (agent, Text(headers, "X-Claude-Code-Parent-Agent-Id"));
        }

        return Text(headers, "thread-id") is { } thread && thread != Text(headers, "session-id") ? (thread, Text(headers, "x-codex-parent-thread-id")) : (null, null);
    }

    /// <summary>
    /// OAuth tokens of a Claude subscription begin with <c>sk-ant-oat</c>; Codex with a ChatGPT login names the account; of other bearer tokens nobody
    /// can say (seen 2026-11).
    /// </summary>
    private static AuthMode? AuthModeOf(IHeaderDictionary headers)
    {
        if (headers.ContainsKey("x-api-key") || headers.ContainsKey("x-goog-api-key") || headers.ContainsKey("api-key"))
        {
            return Storage.Usage.AuthMode.ApiKey;
        }

        if (headers.ContainsKey("chatgpt-account-id"))
        {
            return Storage.Usage.AuthMode.Subscription;
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
