namespace Tracker.Tests.EndToEnd.RealClients;

/// <summary>A client that is pointed nowhere by the test: its address is in its settings, or nowhere.</summary>
/// <param name="client">The client.</param>
/// <param name="settings">Its settings file, below the home.</param>
/// <param name="write">Writes its settings, with an address or without.</param>
internal sealed class ConnectedClient(RealClient client, string settings, Action<string, string?> write) : RealClient
{
    // Base URLs, and what would take the place of the settings file.
    private static readonly string[] Left = ["ANTHROPIC_BASE_URL", "OPENAI_BASE_URL", "GOOGLE_GEMINI_BASE_URL", "OPENCODE_CONFIG_CONTENT"];

    public static IReadOnlyList<ConnectedClient> All { get; } =
    [
        new(new ClaudeCode(), ".claude/settings.json", (home, address) => Write(home, ".claude/settings.json", address is null ? "{}" : $$"""{ "env": { "ANTHROPIC_BASE_URL": "{{address}}" } }""")),
        new(new Codex(), ".codex/config.toml", (home, address) =>
        {
            Write(home, ".codex/auth.json", $$"""{ "OPENAI_API_KEY": "{{Key}}" }""");
            Write(home, ".codex/config.toml", $"check_for_update_on_startup = false{(address is null ? "" : $"\nopenai_base_url = \"{address}/v1\"")}\n[analytics]\nenabled = false\n");
        }),
        new(new GeminiCli(), ".gemini/.env", (home, address) =>
        {
            new GeminiCli().Configure(home, new Uri("http://127.0.0.1:9"));
            Write(home, ".gemini/.env", $"# mine\nOTHER=1{(address is null ? "" : $"\nGOOGLE_GEMINI_BASE_URL={address}")}");
        }),
        new(new QwenCode(), ".qwen/settings.json", (home, address) => Write(home, ".qwen/settings.json", $$"""
            {
              "security": { "auth": { "selectedType": "openai"{{(address is null ? "" : $", \"baseUrl\": \"{address}/v1\"")}} }, "folderTrust": { "enabled": false } },
              "general": { "enableAutoUpdate": false, "disableAutoUpdate": true },
              "privacy": { "usageStatisticsEnabled": false },
              "telemetry": { "enabled": false }
            }
            """)),
        new(new OpenCode(), ".config/opencode/opencode.jsonc", (home, address) =>
        {
            Write(home, ".local/share/opencode/auth.json", $$"""{ "anthropic": { "type": "api", "key": "{{Key}}" } }""");
            Write(home, ".config/opencode/opencode.jsonc", $$"""
                {
                  "$schema": "https://opencode.ai/config.json",
                  "autoupdate": false, // as it is
                  "share": "disabled",
                  "permission": { "*": "allow" },{{(address is null ? "" : $"\n  \"provider\": {{ \"anthropic\": {{ \"options\": {{ \"baseURL\": \"{address}/v1\" }} }} }},")}}
                }
                """);
        }),
    ];

    public override string Name => client.Name;

    public override string Program => client.Program;

    public override string Provider => client.Provider;

    public override bool KnowsNoProxy => client.KnowsNoProxy;

    /// <summary>Its settings file, below the home.</summary>
    public string Settings => settings;

    /// <summary>Writes its settings, with the address of an upstream or without any.</summary>
    public void WriteSettings(string home, string? address) => write(home, address);

    public override IEnumerable<(string Name, string Value)> Environment(ClientTurn turn, Uri proxy) => client.Environment(turn, proxy).Where(variable => !Left.Contains(variable.Name));

    public override IEnumerable<string> Arguments(ClientTurn turn) => client.Arguments(turn);
}
