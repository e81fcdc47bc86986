using Tracker.Proxy.Connecting.Clients;

namespace Tracker.Proxy.Connecting;

/// <summary>The clients that Tracker knows how to connect, and those it knows that cannot be.</summary>
internal static class KnownClients
{
    public static IReadOnlyList<Client> All { get; } =
    [
        new ClaudeCode(), new Codex(), new GeminiCli(), new QwenCode(), new Opencode(), new Cline(), new Pi(), new CopilotCli(),
        ShellProfile.Bash, ShellProfile.Zsh, ShellProfile.Fish, ShellProfile.PowerShell,
    ];
}
