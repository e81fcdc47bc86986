using Tracker.Proxy.Connecting.Editing;

namespace Tracker.Proxy.Connecting.Clients;

/// <summary>
/// Gemini CLI with an API key: <c>GOOGLE_GEMINI_BASE_URL</c> in the <c>.env</c> that it reads. Seen with 0.61.0 on 2026-11-25: it reads one such file only, the first of the project's,
/// <c>~/.gemini/.env</c> and <c>~/.env</c>, and none of the home's in a folder that it does not trust; what is in the environment goes before the file; and with a base URL it does not
/// start unless its settings say that it uses an API key. With a Google login it goes to Code Assist, whatever the base URL says.
/// </summary>
internal sealed class GeminiCli : Client
{
    private const string BaseUrl = "GOOGLE_GEMINI_BASE_URL";

    public override string Name => "gemini-cli";

    public override string Title => "Gemini CLI";

    public override string WithoutProxy => "the importer reads its sessions";

    public override ClientPlace Locate(UserHome home)
    {
        var (own, ofHome) = (Path.Combine(Folder(home), ".env"), Path.Combine(Parent(home), ".env"));
        // A file of its own would hide the one that it reads now.
        return new ClientPlace(Directory.Exists(Folder(home)) || home.HasProgram("gemini"), !File.Exists(own) && File.Exists(ofHome) ? ofHome : own, EnvFileSettings.Instance);
    }

    public override ClientPlan Plan(string text, UserHome home, ProxyRoutes routes) => Login(home) switch
    {
        "gemini-api-key" => new ClientPlan(new WantedSetting(new SettingKey(BaseUrl), routes.To("gemini")))
        {
            Notes = [.. Overriding(home, routes, BaseUrl)],
            Hints = ["where a project has a .env of its own, or is not trusted, it does not read this one"],
        },
        null => ClientPlan.Impossible("how it logs in is not chosen yet, and with another address it would not start: choose 'Use Gemini API key' in it first, then connect again"),
        "oauth-personal" => ClientPlan.Impossible("with a Google login it goes to Code Assist, which is not for the proxy"),
        "vertex-ai" => ClientPlan.Impossible("it goes to Vertex AI, which is not for the proxy"),
        var login => ClientPlan.Impossible($"with the login '{login}' its address comes from elsewhere"),
    };

    private static string? Login(UserHome home)
    {
        var settings = Path.Combine(Folder(home), "settings.json");
        return FindIn(settings, JsonSettings.Instance, new SettingKey("security", "auth", "selectedType"))?.Text
            ?? FindIn(settings, JsonSettings.Instance, new SettingKey("selectedAuthType"))?.Text; // before 0.3
    }

    private static string Parent(UserHome home) => home.Folder("GEMINI_CLI_HOME");

    private static string Folder(UserHome home) => Path.Combine(Parent(home), ".gemini");
}
