namespace Tracker.Tests.EndToEnd.RealClients;

/// <summary>Codex with its built-in provider at another address, which tries a WebSocket first, or with a provider of one's own, which can send headers.</summary>
internal sealed class Codex : RealClient
{
    public override string Name => "codex";

    public override string Program => "codex";

    public override string Provider => "openai";

    public override bool HasAgents => true;

    public override bool IsImported => true;

    public override bool HasAgentsInBackground => true;

    public override void Configure(string home, Uri proxy) => Write(home, ".codex/config.toml", $"""
        check_for_update_on_startup = false
        openai_base_url = "{At(proxy, "/openai/v1")}"
        [model_providers.own]
        name = "own"
        base_url = "{At(proxy, "/openai/v1")}"
        env_key = "CODEX_API_KEY"
        wire_api = "responses"
        [analytics]
        enabled = false
        """);

    public override IEnumerable<(string Name, string Value)> Environment(ClientTurn turn, Uri proxy) => [("CODEX_API_KEY", Key)];

    public override IEnumerable<string> Arguments(ClientTurn turn)
    {
        var headers = string.Join(", ", turn.Headers.Select(header => $"\"{header.Name}\" = \"{header.Value}\""));
        string[] provider = headers.Length > 0 ? ["-c", "model_provider=\"own\"", "-c", $"model_providers.own.http_headers={{ {headers} }}"] : [];
        return ["exec", "--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox", .. provider, "-m", "gpt-5", .. turn.Resumes ? ["resume", "--last"] : Array.Empty<string>(), turn.Prompt];
    }
}
