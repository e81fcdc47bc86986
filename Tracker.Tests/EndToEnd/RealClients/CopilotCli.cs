namespace Tracker.Tests.EndToEnd.RealClients;

/// <summary>Copilot CLI with a provider of one's own. Nothing on the wire tells its session: the <c>prompt_cache_key</c> of its responses is a hash.</summary>
/// <param name="wireApi">Which of OpenAI's APIs it speaks: <c>completions</c>, <c>responses</c>.</param>
internal sealed class CopilotCli(string wireApi) : RealClient
{
    public override string Name => "copilot-cli";

    public override string Label => $"{Name}, {wireApi}";

    public override string Program => "copilot";

    public override string Provider => "openai";

    public override bool HasSession => false;

    public override bool IsImported => true;

    public override IEnumerable<(string Name, string Value)> Environment(ClientTurn turn, Uri proxy) =>
    [
        ("COPILOT_PROVIDER_BASE_URL", At(proxy, "/openai/v1")), ("COPILOT_PROVIDER_TYPE", "openai"), ("COPILOT_PROVIDER_WIRE_API", wireApi),
        ("COPILOT_PROVIDER_API_KEY", Key), ("COPILOT_OFFLINE", "true"), ("COPILOT_AUTO_UPDATE", "false"),
    ];

    public override IEnumerable<string> Arguments(ClientTurn turn) =>
        ["--allow-all-tools", "--model", turn.WithOptions("gpt-4.1"), .. turn.Resumes ? ["--continue"] : Array.Empty<string>(), "-p", turn.Prompt];
}
