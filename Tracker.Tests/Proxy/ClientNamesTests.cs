using CsCheck;
using Tracker.Proxy.Capture;

namespace Tracker.Tests.Proxy;

public sealed class ClientNamesTests
{
    // As they were recorded in November 2026, and some that nobody sends.
    [TestCase("claude-cli/2.1.197 (external, sdk-cli)", "claude-code")]
    [TestCase("claude-cli/1.0.100 (external, cli)", "claude-code")]
    [TestCase("Anthropic/JS 1.12.0", "anthropic-sdk-js")]
    [TestCase("Anthropic/Python 0.94.0", "anthropic-sdk-python")]
    [TestCase("OpenAI/JS 6.49.0", "openai-sdk-js")]
    [TestCase("OpenAI/2.15.0 (.NET 10.0.12; Debian GNU/Linux 12)", "openai-sdk-dotnet")]
    [TestCase("OpenAI/1", "openai-sdk")]
    [TestCase("Anthropic/JS", "anthropic-sdk-js")]
    [TestCase("codex_exec/0.169.0 (Debian 12.0.0; x86_64) xterm (codex_exec; 0.169.0)", "codex")]
    [TestCase("codex_cli_rs/0.42.0 (Debian 12.0.0; x86_64) xterm", "codex")]
    [TestCase("GeminiCLI/v20.20.2 (linux; x64)", "gemini-cli")]
    [TestCase("ai-sdk/openai-compatible/3.0.37 ai-sdk/provider-utils/5.0.30 runtime/bun/1.3.13", "ai-sdk")]
    [TestCase("opencode/1.18.33 ai-sdk/provider-utils/4.0.46 runtime/bun/1.3.14", "opencode")]
    [TestCase("kilo/latest/7.7.9/cli ai-sdk/provider-utils/4.0.46 runtime/bun/1.3.14", "kilo-code")]
    [TestCase("kimi-code-cli/2.1.0", "kimi-code")]
    [TestCase("ai/6.0.326 ai-sdk/provider-utils/4.0.50 runtime/node.js/22", "ai-sdk")]
    [TestCase("ai/7.0.173 ai-sdk-provider-utils/5.0.81", "ai-sdk")]
    [TestCase("ai-sdk/anthropic/3.0.140 ai-sdk/provider-utils/4.0.50", "ai-sdk")]
    [TestCase("ai-sdk-openai/4.0.118", "ai-sdk")]
    [TestCase("ai/1.0", "ai")]
    [TestCase("GeminiCLI-tui/0.61.0/gemini-3.1-pro-preview (linux; x64; terminal)", "gemini-cli")]
    [TestCase("QwenCode/0.15.10 (linux; x64)", "qwen-code")]
    [TestCase("QwenCode/0.24.4 (linux; x64)", "qwen-code")]
    [TestCase("claude-cli/0.24.4 (external, cli)", "qwen-code")]
    [TestCase("claude-cli/0.2.126 (external, cli)", "claude-code")]
    [TestCase("pi/1.6.0 (linux; node/v24.22.3; x64)", "pi")]
    [TestCase("undici", "undici")]
    [TestCase("Cline/3.78.0", "cline")]
    [TestCase("  curl/8.5.0", "curl")]
    [TestCase("my script", "my")]
    [TestCase("name(comment)", "name")]
    [TestCase("(only a comment)", "(only a comment)")]
    [TestCase("/1.0", "/1.0")]
    public void Client_is_known_by_its_user_agent(string userAgent, string client) => Assert.That(ClientNames.FromUserAgent(userAgent), Is.EqualTo(client));

    [TestCase(null)]
    [TestCase("")]
    [TestCase(" \t ")]
    public void Client_is_unknown_without_a_user_agent(string? userAgent) => Assert.That(ClientNames.FromUserAgent(userAgent), Is.Null);

    [Test]
    public void Any_text_gives_a_name() => Gen.String.Where(text => !string.IsNullOrWhiteSpace(text)).Sample(text => ClientNames.FromUserAgent(text) is { Length: > 0 });
}
