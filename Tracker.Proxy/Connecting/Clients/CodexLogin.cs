using System.Text.Json;
using Tracker.Proxy.Connecting.Editing;

namespace Tracker.Proxy.Connecting.Clients;

/// <summary>How Codex is logged in. Of <c>auth.json</c> only the kind of login is looked at, never a key or a token.</summary>
internal static class CodexLogin
{
    internal enum Kind
    {
        None,
        ApiKey,
        ChatGpt,
    }

    public static Kind Read(string path, UserHome home)
    {
        try
        {
            if (File.Exists(path) && JsonSpan.Parse(File.ReadAllText(path)) is { Kind: JsonTokenType.StartObject } login)
            {
                return login.MemberOf("auth_mode").Value?.Text is { } mode
                    ? mode.Equals("apikey", StringComparison.OrdinalIgnoreCase) ? Kind.ApiKey : Kind.ChatGpt
                    : login.MemberOf("tokens").Value is { Kind: JsonTokenType.StartObject } ? Kind.ChatGpt // before 2026 the mode was not said
                    : login.MemberOf("OPENAI_API_KEY").Value is { Kind: JsonTokenType.String } ? Kind.ApiKey
                    : Kind.None;
            }
        }
        catch (Exception exception) when (exception is MalformedSettingsException or IOException or UnauthorizedAccessException)
        {
            // Codex cannot read it either.
        }

        return home.Variable("CODEX_API_KEY") is not null || home.Variable("OPENAI_API_KEY") is not null ? Kind.ApiKey : Kind.None;
    }
}
