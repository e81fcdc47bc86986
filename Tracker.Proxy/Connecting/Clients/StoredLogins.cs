using System.Text.Json;
using Tracker.Proxy.Connecting.Editing;

namespace Tracker.Proxy.Connecting.Clients;

/// <summary>The providers that a client is logged in to, and how (<c>type</c>), in a file as opencode and Pi keep it.</summary>
internal static class StoredLogins
{
    /// <summary>Nothing else of the file is looked at: it holds keys.</summary>
    /// <exception cref="MalformedSettingsException">It is no JSON.</exception>
    public static Dictionary<string, string?> Read(string file) =>
        File.Exists(file) && MalformedSettingsException.Within(file, () => JsonSpan.Parse(SettingsFile.Read(file).Text)) is { Kind: JsonTokenType.StartObject } logins
            ? logins.Members.DistinctBy(login => login.Name).ToDictionary(login => login.Name, login => login.Value.MemberOf("type").Value?.Text)
            : [];
}
