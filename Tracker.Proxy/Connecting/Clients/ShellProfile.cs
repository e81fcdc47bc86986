using Tracker.Proxy.Connecting.Editing;

namespace Tracker.Proxy.Connecting.Clients;

/// <summary>
/// A shell's profile, for SDKs and whatever else is started from it: the variables that Anthropic's and OpenAI's SDKs read their address from. One that is set already stays, because it
/// may lead to another vendor, for whom the key is. Gemini's is not among them: Gemini CLI 0.61.0 does not start with it unless its settings name an API key (2026-11-25).
/// </summary>
/// <param name="shell">Its name.</param>
/// <param name="title">Its name for people.</param>
/// <param name="file">The profile.</param>
/// <param name="line">The line that sets a variable where it is not set, from its name and value.</param>
internal sealed class ShellProfile(string shell, string title, Func<UserHome, string> file, Func<string, string, string> line) : Client
{
    public static ShellProfile Bash { get; } = new("bash", "bash", home => home.In(".bashrc"), Posix);

    public static ShellProfile Zsh { get; } = new("zsh", "zsh", home => Path.Combine(home.Folder("ZDOTDIR"), ".zshrc"), Posix);

    // A file of its own, in the folder that fish reads besides its config.fish.
    public static ShellProfile Fish { get; } = new(
        "fish", "fish", home => Path.Combine(home.XdgConfig, "fish", "conf.d", "tracker.fish"), (name, value) => $"set -q {name}; or set -gx {name} {value}");

    public static ShellProfile PowerShell { get; } = new("powershell", "PowerShell", PowerShellFile, (name, value) => $"if (-not $env:{name}) {{ $env:{name} = '{value}' }}");

    public override string Name => shell;

    public override string Title => title;

    public override bool IsOnlyByName => true;

    public override string WithoutProxy => "the importer reads what clients log";

    public override ClientPlace Locate(UserHome home) =>
        new(File.Exists(file(home)) || home.HasProgram(shell == "powershell" ? "pwsh" : shell), file(home), MarkedBlock.Instance);

    public override ClientPlan Plan(string text, UserHome home, ProxyRoutes routes)
    {
        var takesOpenAI = !QwenCode.HasAddress(home);
        (string Name, string Value)[] variables = [("ANTHROPIC_BASE_URL", routes.To("anthropic")), .. takesOpenAI ? [("OPENAI_BASE_URL", routes.To("openai", "/v1"))] : Array.Empty<(string, string)>()];
        return new ClientPlan(new WantedSetting(MarkedBlock.Key, string.Join('\n', variables.Select(variable => line(variable.Name, variable.Value))), SettingRole.Block))
        {
            Hints =
            [
                "it counts for shells that are opened from now on; those that are open keep what they have until they are closed, also when it is disconnected",
                .. HintsOf(shell),
                .. takesOpenAI ? Array.Empty<string>() : ["OPENAI_BASE_URL is left out: it would take the place of the address in Qwen Code's settings"],
            ],
        };
    }

    private static string Posix(string name, string value) => $"export {name}=\"${{{name}:-{value}}}\"";

    private static string PowerShellFile(UserHome home)
    {
        if (!OperatingSystem.IsWindows())
        {
            return Path.Combine(home.XdgConfig, "powershell", "profile.ps1");
        }

        // PowerShell 7, which makes no folder by itself, or what Windows brings.
        var documents = Environment.GetFolderPath(Environment.SpecialFolder.MyDocuments, Environment.SpecialFolderOption.DoNotVerify);
        return Path.Combine(documents, home.HasProgram("pwsh") || Directory.Exists(Path.Combine(documents, "PowerShell")) ? "PowerShell" : "WindowsPowerShell", "profile.ps1");
    }

    private static string[] HintsOf(string shell) => shell switch
    {
        "bash" when OperatingSystem.IsMacOS() => ["the shells of Terminal read ~/.bash_profile: it counts there if that has a line `. ~/.bashrc`"],
        "powershell" when OperatingSystem.IsWindows() => ["PowerShell reads a profile only where scripts may run, which Windows forbids at first: Set-ExecutionPolicy -Scope CurrentUser RemoteSigned"],
        _ => [],
    };
}
