using Tracker.Proxy.Connecting.Editing;

namespace Tracker.Proxy.Connecting.Clients;

/// <summary>
/// Qwen Code: <c>security.auth.baseUrl</c> in its <c>settings.json</c>, and the addresses of <c>modelProviders</c> and <c>env</c> that are there. By the source of 0.15.10, and run on
/// 2026-11-25: a model's own address goes before the environment's, which a <c>.env</c> file and <c>env</c> fill where it is not set, and that before <c>security.auth.baseUrl</c>; without
/// any it is OpenAI's.
/// </summary>
internal sealed class QwenCode : Client
{
    private const string BaseUrl = "OPENAI_BASE_URL";

    private static readonly SettingKey Auth = new("security", "auth", "baseUrl");

    public override string Name => "qwen-code";

    public override string Title => "Qwen Code";

    public override string WithoutProxy => "the importer reads its sessions";

    public override bool ReadsNoProxy => false; // 0.15, tried 2026-11.

    public override ClientPlace Locate(UserHome home)
    {
        var folder = home.Folder("QWEN_HOME", ".qwen");
        return new ClientPlace(Directory.Exists(folder) || home.HasProgram("qwen"), SettingsOf(home), JsonSettings.Instance);
    }

    public override ClientPlan Plan(string text, UserHome home, ProxyRoutes routes)
    {
        if (JsonSettings.Instance.Find(text, new SettingKey("security", "auth", "selectedType"))?.Text is not { } login)
        {
            return ClientPlan.Impossible("how it logs in is not chosen yet: choose it in Qwen Code first, then connect again");
        }

        if (login == "qwen-oauth")
        {
            return ClientPlan.Impossible("with a Qwen login its address comes with the login");
        }

        var root = JsonSpan.Parse(text);
        var models = root?.Find(new SettingKey("modelProviders"))?.Members
            .SelectMany(kind => kind.Value.Members.Select(model => new SettingKey("modelProviders", kind.Name, model.Name, "baseUrl"))) ?? [];
        var others = models.Concat([new SettingKey("env", BaseUrl), new SettingKey("env", "ANTHROPIC_BASE_URL")]).Where(key => root!.Find(key) is not null).Select(key => new WantedSetting(key, Value: null)).ToList();
        var isDefault = login == "openai" && others.Count == 0;
        return new ClientPlan([new WantedSetting(Auth, isDefault ? routes.To("openai", "/v1") : null), .. others])
        {
            Notes = [.. Overriding(home, routes, BaseUrl), .. EnvFiles(home, routes)],
        };
    }

    /// <summary>Whether it has an address that <c>OPENAI_BASE_URL</c> in a shell would take the place of.</summary>
    public static bool HasAddress(UserHome home) => !string.IsNullOrEmpty(FindIn(SettingsOf(home), JsonSettings.Instance, Auth)?.Text);

    private static string SettingsOf(UserHome home) => Path.Combine(home.Folder("QWEN_HOME", ".qwen"), "settings.json");

    private static IEnumerable<string> EnvFiles(UserHome home, ProxyRoutes routes) =>
        new[] { Path.Combine(home.Folder("QWEN_HOME", ".qwen"), ".env"), home.In(".env") }
            .Select(file => (file, Found: FindIn(file, EnvFileSettings.Instance, new SettingKey(BaseUrl))))
            .Where(env => env.Found is not null && !routes.LeadsHere(env.Found.Text))
            .Select(env => $"{BaseUrl} in {env.file}:{env.Found!.Line} goes before its settings");
}
