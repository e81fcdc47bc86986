using System.Text.Json;

namespace Tracker.Tests.EndToEnd.RealClients;

/// <summary>opencode with Anthropic's models. Each session begins with a request for its title, which it does not log.</summary>
internal sealed class OpenCode : RealClient
{
    private const string Model = "claude-sonnet-4-5";

    public override string Name => "opencode";

    public override string Program => "opencode";

    public override string Provider => "anthropic";

    public override bool IsImported => true;

    public override bool GivesUp => false;

    public override IEnumerable<(string Name, string Value)> Environment(ClientTurn turn, Uri proxy) =>
    [
        ("OPENCODE_CONFIG_CONTENT", JsonSerializer.Serialize(new
        {
            autoupdate = false,
            share = "disabled",
            permission = new Dictionary<string, string> { ["*"] = "allow" },
            provider = new { anthropic = new { options = new { baseURL = At(proxy, "/v1"), apiKey = Key, headers = turn.Headers.ToDictionary(header => header.Name, header => header.Value) } } },
        })),
        ("OPENCODE_DISABLE_AUTOUPDATE", "1"), ("OPENCODE_DISABLE_MODELS_FETCH", "1"), ("OPENCODE_DISABLE_LSP_DOWNLOAD", "1"),
    ];

    public override IEnumerable<string> Arguments(ClientTurn turn) => ["run", "-m", $"anthropic/{Model}", .. turn.Resumes ? ["--continue"] : Array.Empty<string>(), turn.Prompt];

    public override bool IsSideRequest(JsonElement ledgerEntry) => ledgerEntry.GetProperty("model").GetString() != Model;
}
