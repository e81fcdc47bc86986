using Tracker.Proxy.Connecting.Editing;

namespace Tracker.Proxy.Connecting.Clients;

/// <summary>
/// Copilot CLI takes another address from its environment alone, and only with a provider of one's own (1.0.102, run on 2026-11-23); with a GitHub login it goes to GitHub. So there is no
/// file to change.
/// </summary>
internal sealed class CopilotCli : Client
{
    private const string BaseUrl = "COPILOT_PROVIDER_BASE_URL";

    public override string Name => "copilot-cli";

    public override string Title => "Copilot CLI";

    public override string WithoutProxy => "the importer reads its logs of a provider of one's own";

    public override ClientPlace Locate(UserHome home)
    {
        var folder = home.Folder("COPILOT_HOME", ".copilot");
        return new ClientPlace(Directory.Exists(folder) || home.HasProgram("copilot"), Path.Combine(folder, "config.json"), JsonSettings.Instance);
    }

    public override ClientPlan Plan(string text, UserHome home, ProxyRoutes routes) => ClientPlan.Impossible(routes.LeadsHere(home.Variable(BaseUrl))
        ? $"{BaseUrl} in this shell leads here, and that is all there is to it"
        : $"it takes an address from its environment alone: start it with {BaseUrl}={routes.To("openai", "/v1")} and a provider of your own");
}
