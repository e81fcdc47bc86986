using Tracker.Proxy.Connecting.Editing;

namespace Tracker.Proxy.Connecting.Clients;

/// <summary>
/// Pi: <c>providers.&lt;id&gt;.baseUrl</c> in its <c>models.json</c>, with the version, for each built-in provider that it has a key for; that changes neither its models nor how it logs in.
/// By the documentation and source of 1.6.0, and run with it on 2026-11-30: a login in <c>auth.json</c> goes before a key in the file, and that before the environment's; comments are allowed.
/// </summary>
internal sealed class Pi : Client
{
    private const string OAuth = "oauth";

    // Where the provider is when nothing else is said, and the variables that may hold its key.
    private static readonly (string Id, string Route, string Version, string[] Keys)[] Providers =
    [
        ("anthropic", "anthropic", "", ["ANTHROPIC_API_KEY", "ANTHROPIC_OAUTH_TOKEN", "ANTHROPIC_AUTH_TOKEN"]),
        ("openai", "openai", "/v1", ["OPENAI_API_KEY"]),
        ("google", "gemini", "/v1beta", ["GEMINI_API_KEY"]),
        ("openrouter", "openrouter", "/v1", ["OPENROUTER_API_KEY"]),
        ("groq", "groq", "/v1", ["GROQ_API_KEY"]),
        ("xai", "xai", "/v1", ["XAI_API_KEY"]),
        ("deepseek", "deepseek", "", ["DEEPSEEK_API_KEY"]),
        ("cerebras", "cerebras", "/v1", ["CEREBRAS_API_KEY"]),
    ];

    // Anthropic's is sent as a key is. With OpenAI's Pi leaves out what that login does not allow, but only where the address is OpenAI's own.
    private static readonly string[] LoginsWithAddress = ["anthropic", "openrouter"];

    public override string Name => "pi";

    public override string Title => "Pi";

    public override string WithoutProxy => "the importer reads its sessions";

    // Not by a program on the path: others are called pi, too.
    public override ClientPlace Locate(UserHome home) => new(Directory.Exists(Folder(home)), Path.Combine(Folder(home), "models.json"), JsonSettings.Instance);

    public override ClientPlan Plan(string text, UserHome home, ProxyRoutes routes)
    {
        var (root, logins) = (JsonSpan.Parse(text), StoredLogins.Read(Path.Combine(Folder(home), "auth.json")));
        var configured = root?.Find(new SettingKey("providers"))?.Members.Select(member => member.Name).Distinct(StringComparer.Ordinal).ToList() ?? [];
        var elsewhere = logins.Where(login => login.Value == OAuth && !LoginsWithAddress.Contains(login.Key)).Select(login => login.Key).ToList();
        var known = Providers.Where(provider => !elsewhere.Contains(provider.Id) && (logins.ContainsKey(provider.Id) || Array.Exists(provider.Keys, key => home.Variable(key) is not null)
            || root?.Find(new SettingKey("providers", provider.Id, "apiKey")) is not null)).ToList();
        var settings = known.Select(provider => new WantedSetting(Key(provider.Id), routes.To(provider.Route, provider.Version)))
            .Concat(configured.Where(id => !known.Exists(provider => provider.Id == id) && root!.Find(Key(id)) is not null).Select(id => new WantedSetting(Key(id), Value: null))).ToList();
        return settings.Count == 0
            ? ClientPlan.Impossible($"it has no key of a provider that Tracker knows ({string.Join(", ", Providers.Select(provider => provider.Id))}), and no provider with an address")
            : new ClientPlan(settings) { Notes = [.. elsewhere.Select(id => $"{id}: left as it is, because it has a login instead of a key")] };
    }

    private static string Folder(UserHome home) => home.Folder("PI_CODING_AGENT_DIR", ".pi", "agent");

    private static SettingKey Key(string provider) => new("providers", provider, "baseUrl");
}
