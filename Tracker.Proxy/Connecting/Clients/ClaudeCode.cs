using Tracker.Proxy.Connecting.Editing;

namespace Tracker.Proxy.Connecting.Clients;

/// <summary>
/// Claude Code: <c>env</c> in its <c>settings.json</c>. With a base URL that is not Anthropic's it stops behaving as with Anthropic's although the proxy changes nothing: seen with
/// 2.1.197 on 2026-11-25, side requests go to the large model instead of Haiku, all tools are sent with every call instead of the few that are needed, and a context of a million tokens
/// is not used. <c>ENABLE_TOOL_SEARCH</c> (code.claude.com/docs/en/env-vars, 2026-11) is for the tools; the other variable is Claude Code's own word for "this leads to Anthropic", and is
/// said only where it is true. With both, the calls of 2.1.197 are those that it makes without a proxy. The file goes before the environment.
/// </summary>
internal sealed class ClaudeCode : Client
{
    private const string BaseUrl = "ANTHROPIC_BASE_URL";

    // They sign their calls themselves, or route them elsewhere, and do not ask for the base URL.
    private static readonly (string Variable, string Name)[] Clouds =
    [
        ("CLAUDE_CODE_USE_BEDROCK", "Amazon Bedrock"), ("CLAUDE_CODE_USE_VERTEX", "Google Vertex AI"), ("CLAUDE_CODE_USE_FOUNDRY", "Microsoft Foundry"),
        ("CLAUDE_CODE_USE_ANTHROPIC_AWS", "Claude on AWS"), ("CLAUDE_CODE_USE_MANTLE", "Amazon Bedrock"),
    ];

    private static readonly WantedSetting[] Companions =
    [
        new(Key("ENABLE_TOOL_SEARCH"), "true", SettingRole.Companion), new(Key("_CLAUDE_CODE_ASSUME_FIRST_PARTY_BASE_URL"), "1", SettingRole.Companion),
    ];

    public override string Name => "claude-code";

    public override string Title => "Claude Code";

    public override string WithoutProxy => "the importer reads its transcripts";

    public override ClientPlace Locate(UserHome home)
    {
        var folder = home.Folder("CLAUDE_CONFIG_DIR", ".claude");
        return new ClientPlace(Directory.Exists(folder) || home.HasProgram("claude"), Path.Combine(folder, "settings.json"), JsonSettings.Instance);
    }

    public override ClientPlan Plan(string text, UserHome home, ProxyRoutes routes)
    {
        var cloud = Array.Find(Clouds, cloud => IsOn(Variable(text, home, cloud.Variable)));
        if (cloud.Name is not null)
        {
            return ClientPlan.Impossible($"it goes to {cloud.Name} ({cloud.Variable}), which is not for the proxy");
        }

        var leadsToAnthropic = new Uri(routes.ProviderOf("anthropic").BaseAddress).Host == "api.anthropic.com";
        return new ClientPlan([new WantedSetting(Key(BaseUrl), routes.To("anthropic")), .. leadsToAnthropic ? Companions : []])
        {
            Notes = JsonSettings.IsStrict(text) ? [] : ["its settings have comments or commas at the end of lists; Claude Code 2.1.197 does not read such a file at all"],
        };
    }

    public override string? Variable(string text, UserHome home, string name) => JsonSettings.Instance.Find(text, Key(name))?.Text ?? home.Variable(name);

    private static SettingKey Key(string variable) => new("env", variable);

    private static bool IsOn(string? value) => value?.Trim().ToLowerInvariant() is "1" or "true" or "yes" or "on";
}
