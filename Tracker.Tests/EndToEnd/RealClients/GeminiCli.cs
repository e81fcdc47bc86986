namespace Tracker.Tests.EndToEnd.RealClients;

/// <summary>Gemini CLI with an API key. Nothing on the wire tells its session.</summary>
internal sealed class GeminiCli : RealClient
{
    public override string Name => "gemini-cli";

    public override string Program => "gemini";

    public override string Provider => "gemini";

    public override bool HasSession => false;

    public override bool IsImported => true;

    public override void Configure(string home, Uri proxy) => Write(home, ".gemini/settings.json", """
        {
          "security": { "auth": { "selectedType": "gemini-api-key" }, "folderTrust": { "enabled": false } },
          "general": { "enableAutoUpdate": false, "disableAutoUpdate": true, "disableUpdateNag": true },
          "privacy": { "usageStatisticsEnabled": false },
          "telemetry": { "enabled": false }
        }
        """);

    public override IEnumerable<(string Name, string Value)> Environment(ClientTurn turn, Uri proxy) =>
    [
        ("GOOGLE_GEMINI_BASE_URL", At(proxy, "/gemini")),
        ("GEMINI_API_KEY", Key),
        ("GEMINI_CLI_TRUST_WORKSPACE", "true"),
        ("GEMINI_CLI_NO_RELAUNCH", "true"), // it starts a second time otherwise, with more memory
        ("GEMINI_CLI_CUSTOM_HEADERS", string.Join(", ", turn.Headers.Select(header => $"{header.Name}: {header.Value}"))),
    ];

    // Without -m a request to a router model precedes the turn.
    public override IEnumerable<string> Arguments(ClientTurn turn) =>
        ["--yolo", "-m", "gemini-2.5-flash", .. turn.Resumes ? ["--resume", "latest"] : Array.Empty<string>(), "-p", turn.Prompt];
}
