using Tracker.Proxy.Connecting.Editing;

namespace Tracker.Proxy.Connecting.Clients;

/// <summary>
/// Cline's command line: <c>baseUrl</c> of a provider in its <c>providers.json</c>, with the version, which it takes for Anthropic too although its commands refuse it (3.0.65, run on
/// 2026-11-25). It writes the file anew when it ends. The extension keeps its settings inside the editor, where they are set by hand.
/// </summary>
internal sealed class Cline : Client
{
    public override string Name => "cline";

    public override string Title => "Cline";

    public override string WithoutProxy => "the importer reads its sessions and tasks, those of the extension too";

    public override ClientPlace Locate(UserHome home)
    {
        var data = home.Variable("CLINE_DATA_DIR") is null ? Path.Combine(home.Folder("CLINE_DIR", ".cline"), "data") : home.Folder("CLINE_DATA_DIR");
        return new ClientPlace(Directory.Exists(data) || home.HasProgram("cline"), Path.Combine(data, "settings", "providers.json"), JsonSettings.Instance);
    }

    public override ClientPlan Plan(string text, UserHome home, ProxyRoutes routes)
    {
        var root = JsonSpan.Parse(text);
        var providers = root?.Find(new SettingKey("providers"))?.Members.Select(member => member.Name).Distinct().ToList() ?? [];
        var settings = providers.Where(name => name == "anthropic" || root!.Find(Key(name)) is not null)
            .Select(name => new WantedSetting(Key(name), name == "anthropic" ? routes.To("anthropic", "/v1") : null)).ToList();
        var others = providers.Where(name => settings.TrueForAll(setting => setting.Key != Key(name))).ToList();
        return settings.Count == 0
            ? ClientPlan.Impossible(others.Count == 0 ? "no provider is set up in it yet" : $"its providers ({string.Join(", ", others)}) have no address that could be changed")
            : new ClientPlan(settings)
            {
                Notes = [.. others.Select(name => $"its provider '{name}' has no address that could be changed")],
                Hints = ["a running Cline takes it up when it is started again"],
            };
    }

    private static SettingKey Key(string provider) => new("providers", provider, "settings", "baseUrl");
}
