namespace Tracker.Tests.EndToEnd.RealClients;

/// <summary>Qwen Code, which speaks Chat Completions. Nothing on the wire tells its session.</summary>
internal sealed class QwenCode : RealClient
{
    private const string Model = "qwen3-coder-plus";

    public override string Name => "qwen-code";

    public override string Program => "qwen";

    public override string Provider => "openai";

    public override bool HasSession => false;

    public override bool IsImported => true;

    public override bool KnowsNoProxy => false;

    public override void Configure(string home, Uri proxy) => Write(home, ".qwen/settings.json", """
        {
          "security": { "auth": { "selectedType": "openai" }, "folderTrust": { "enabled": false } },
          "general": { "enableAutoUpdate": false, "disableAutoUpdate": true },
          "privacy": { "usageStatisticsEnabled": false },
          "telemetry": { "enabled": false }
        }
        """);

    public override IEnumerable<(string Name, string Value)> Environment(ClientTurn turn, Uri proxy) =>
    [
        ("OPENAI_BASE_URL", At(proxy, "/openai/v1")),
        ("OPENAI_API_KEY", Key),
        ("OPENAI_MODEL", Model),
        ("QWEN_CODE_NO_RELAUNCH", "true"), // it starts a second time otherwise, with more memory
    ];

    public override IEnumerable<string> Arguments(ClientTurn turn) =>
        ["--yolo", "-m", turn.WithOptions(Model), .. turn.Resumes ? ["--continue"] : Array.Empty<string>(), "-p", turn.Prompt];
}
