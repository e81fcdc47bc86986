using Tracker.Proxy.Connecting.Editing;

namespace Tracker.Proxy.Connecting.Clients;

/// <summary>
/// opencode: <c>provider.&lt;id&gt;.options.baseURL</c> in its configuration, with the version, for each provider that it has a key for. A provider that is named there counts as set up,
/// so none is added. By 1.18.33, read and run on 2026-11-25: <c>opencode.jsonc</c> goes before <c>opencode.json</c>, that before <c>config.json</c>; it adds <c>$schema</c> to the file by
/// itself; with a ChatGPT login its OpenAI calls go to ChatGPT, whatever the base URL says.
/// </summary>
internal sealed class Opencode : Client
{
    private static readonly string[] Files = ["opencode.jsonc", "opencode.json", "config.json"];

    // Where the provider is when nothing else is said, and the variables that may hold its key.
    private static readonly (string Id, string Route, string Version, string[] Keys)[] Providers =
    [
        ("anthropic", "anthropic", "/v1", ["ANTHROPIC_API_KEY"]),
        ("openai", "openai", "/v1", ["OPENAI_API_KEY"]),
        ("google", "gemini", "/v1beta", ["GOOGLE_GENERATIVE_AI_API_KEY", "GEMINI_API_KEY", "GOOGLE_API_KEY"]),
        ("openrouter", "openrouter", "/v1", ["OPENROUTER_API_KEY"]),
    ];

    public override string Name => "opencode";

    public override string Title => "opencode";

    public override string WithoutProxy => "the importer reads its database";

    public override ClientPlace Locate(UserHome home)
    {
        var folder = Path.Combine(home.XdgConfig, "opencode");
        var file = Files.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
        var isFound = Directory.Exists(folder) || Directory.Exists(Path.Combine(home.XdgData, "opencode")) || home.HasProgram("opencode");
        return new ClientPlace(isFound, file ?? Path.Combine(folder, "opencode.json"), JsonSettings.Instance);
    }

    public override ClientPlan Plan(string text, UserHome home, ProxyRoutes routes)
    {
        var (root, logins) = (JsonSpan.Parse(text), StoredLogins.Read(Path.Combine(home.XdgData, "opencode", "auth.json")));
        var configured = root?.Find(new SettingKey("provider"))?.Members.Select(member => member.Name).ToList() ?? [];
        var known = Providers.Where(provider => logins.GetValueOrDefault(provider.Id) == "api" || Array.Exists(provider.Keys, key => home.Variable(key) is not null)
            || root?.Find(new SettingKey("provider", provider.Id, "options", "apiKey")) is not null).ToList();
        var settings = known.Select(provider => new WantedSetting(Key(provider.Id), routes.To(provider.Route, provider.Version)))
            .Concat(configured.Where(id => !known.Exists(provider => provider.Id == id) && root!.Find(Key(id)) is not null).Select(id => new WantedSetting(Key(id), Value: null))).ToList();
        var notes = logins.Where(login => login.Value == "oauth").Select(login => $"{login.Key}: with a login instead of a key its calls do not take this address")
            .Concat(Overriding(home, routes, "OPENCODE_CONFIG", "OPENCODE_CONFIG_CONTENT", "OPENCODE_CONFIG_DIR")).ToList();
        return settings.Count == 0
            ? ClientPlan.Impossible($"it has no key of a provider that Tracker knows ({string.Join(", ", Providers.Select(provider => provider.Id))}), and no provider with an address")
            : new ClientPlan(settings) { Notes = notes };
    }

    private static SettingKey Key(string provider) => new("provider", provider, "options", "baseURL");
}
