namespace Tracker.Tests.EndToEnd.RealClients;

/// <summary>Claude Code with an API key.</summary>
internal sealed class ClaudeCode : RealClient
{
    public override string Name => "claude-code";

    public override string Program => "claude";

    public override string Provider => "anthropic";

    public override bool HasAgents => true;

    public override bool IsImported => true;

    public override IEnumerable<(string Name, string Value)> Environment(ClientTurn turn, Uri proxy) =>
    [
        ("ANTHROPIC_BASE_URL", At(proxy, "/")),
        ("ANTHROPIC_API_KEY", Key),
        ("ANTHROPIC_CUSTOM_HEADERS", string.Join('\n', turn.Headers.Select(header => $"{header.Name}: {header.Value}"))),
        ("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1"), ("DISABLE_TELEMETRY", "1"), ("DISABLE_ERROR_REPORTING", "1"), ("DISABLE_AUTOUPDATER", "1"),
        ("CLAUDE_CODE_MAX_RETRIES", "3"), // 2.1.332 repeats a broken stream as well: ten times, which takes three minutes
        ("IS_SANDBOX", "1"), // root may not skip the permissions otherwise
    ];

    public override IEnumerable<string> Arguments(ClientTurn turn) =>
        ["-p", turn.Prompt, "--model", "claude-sonnet-4-5", "--dangerously-skip-permissions", .. turn.Resumes ? ["--continue"] : Array.Empty<string>()];
}
