using Tracker.Proxy.Connecting.Editing;

namespace Tracker.Proxy.Connecting.Clients;

/// <summary>
/// Codex: <c>openai_base_url</c> in its <c>config.toml</c> for the built-in provider, else the base URL of the provider that <c>model_provider</c> names. The built-in one appends
/// <c>/responses</c> to it with an API key as with a ChatGPT login (0.169.0, run on 2026-11-25), so the address has to fit the login: OpenAI's API, or ChatGPT's back end.
/// </summary>
internal sealed class Codex : Client
{
    private const string BuiltIn = "openai";

    public override string Name => "codex";

    public override string Title => "Codex";

    public override string WithoutProxy => "the importer reads its sessions";

    public override ClientPlace Locate(UserHome home)
    {
        var folder = home.Folder("CODEX_HOME", ".codex");
        return new ClientPlace(Directory.Exists(folder) || home.HasProgram("codex"), Path.Combine(folder, "config.toml"), TomlSettings.Instance);
    }

    public override ClientPlan Plan(string text, UserHome home, ProxyRoutes routes)
    {
        var provider = TomlSettings.Instance.Find(text, new SettingKey("model_provider"))?.Text ?? BuiltIn;
        if (provider != BuiltIn)
        {
            var key = new SettingKey("model_providers", provider, "base_url");
            return TomlSettings.Instance.Find(text, key) is null
                ? ClientPlan.Impossible($"its provider '{provider}' has no base_url that could be changed")
                : new ClientPlan(new WantedSetting(key, Value: null));
        }

        var login = CodexLogin.Read(Path.Combine(home.Folder("CODEX_HOME", ".codex"), "auth.json"), home);
        return login switch
        {
            CodexLogin.Kind.ChatGpt => new ClientPlan(new WantedSetting(new SettingKey("openai_base_url"), routes.To("chatgpt"))),
            CodexLogin.Kind.ApiKey => new ClientPlan(new WantedSetting(new SettingKey("openai_base_url"), routes.To("openai", "/v1"))),
            _ => ClientPlan.Impossible("it is not logged in (no auth.json), and the address depends on the login: run 'codex login' first, then connect again"),
        };
    }
}
