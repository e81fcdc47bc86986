using System.Text.Json;
using Tracker.Tests.Support;

namespace Tracker.Tests.EndToEnd;

/// <summary><c>tracker-proxy connect</c> and <c>disconnect</c> as processes, in a home of their own.</summary>
public sealed class ConnectTests : IDisposable
{
    private const string ClaudeSettings = """
        {
          // mine
          "env": { "ANTHROPIC_API_KEY": "sk-ant-secret" },
          "model": "opus"
        }
        """;

    private readonly TempDirectory _home = new();

    public void Dispose() => _home.Dispose();

    [Test, CancelAfter(120_000)]
    public async Task Clients_that_are_found_are_connected_and_are_as_before_when_they_are_disconnected(CancellationToken cancellationToken)
    {
        Write(".claude/settings.json", ClaudeSettings);
        Write(".codex/auth.json", """{ "OPENAI_API_KEY": "sk-secret" }""");
        Write(".codex/config.toml", "model = \"gpt-5\" # mine\r\n[features]\r\nx = true");
        var before = Files();

        var (connected, shown, _) = await RunAsync(cancellationToken, "connect");
        var claude = JsonDocument.Parse(Read(".claude/settings.json"), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip }).RootElement.GetProperty("env");
        var codex = Read(".codex/config.toml");
        var (again, shownAgain, _) = await RunAsync(cancellationToken, "connect");
        var (disconnected, _, _) = await RunAsync(cancellationToken, "disconnect");

        Assert.That((connected, again, disconnected), Is.EqualTo((0, 0, 0)), shown);
        Assert.That(claude.GetProperty("ANTHROPIC_BASE_URL").GetString(), Is.EqualTo("http://127.0.0.1:8082"));
        Assert.That(claude.GetProperty("ENABLE_TOOL_SEARCH").GetString(), Is.EqualTo("true"));
        Assert.That(codex, Is.EqualTo("model = \"gpt-5\" # mine\r\nopenai_base_url = \"http://127.0.0.1:8082/openai/v1\"\r\n[features]\r\nx = true"));
        Assert.That(shown, Does.Contain("+openai_base_url = \"http://127.0.0.1:8082/openai/v1\"").And.Not.Contain("secret"));
        Assert.That(shownAgain, Does.Contain("already").And.Not.Contain("+++"));
        Assert.That(Files(), Is.EqualTo(before));
    }

    [Test, CancelAfter(120_000)]
    public async Task Dry_run_changes_nothing(CancellationToken cancellationToken)
    {
        Write(".claude/settings.json", ClaudeSettings);
        var before = Files();

        var (code, shown, _) = await RunAsync(cancellationToken, "connect", "--dry-run", "--Urls=http://127.0.0.1:9999");

        Assert.That(code, Is.Zero);
        Assert.That(shown, Does.Contain("ANTHROPIC_BASE_URL").And.Contain("http://127.0.0.1:9999").And.Not.Contain("secret"));
        Assert.That(Files(), Is.EqualTo(before));
    }

    [Test, CancelAfter(120_000)]
    public async Task Broken_settings_are_named_and_left_and_the_other_clients_go_on(CancellationToken cancellationToken)
    {
        Write(".claude/settings.json", "{\n  \"env\": {\n    \"A\": sk-secret\n");
        Write(".codex/auth.json", """{ "OPENAI_API_KEY": "sk-secret" }""");
        var broken = Read(".claude/settings.json");

        var (code, shown, errors) = await RunAsync(cancellationToken, "connect");

        Assert.That(code, Is.EqualTo(1));
        Assert.That(errors, Does.Contain(Path.Combine(".claude", "settings.json") + ":3: it is not valid JSON").And.Not.Contain("secret"));
        Assert.That(shown, Does.Contain("Codex: connected"));
        Assert.That(Read(".claude/settings.json"), Is.EqualTo(broken));
        Assert.That(Read(".codex/config.toml"), Is.EqualTo("openai_base_url = \"http://127.0.0.1:8082/openai/v1\"\n"));
    }

    [Test, CancelAfter(120_000)]
    public async Task List_tells_where_each_client_is_pointed(CancellationToken cancellationToken)
    {
        Write(".claude/settings.json", """{ "env": { "ANTHROPIC_BASE_URL": "https://user:secret@gateway.example/anthropic?key=secret" } }""");
        Write(".codex/auth.json", """{ "auth_mode": "chatgpt", "tokens": { "id_token": "secret" } }""");
        await RunAsync(cancellationToken, "connect", "codex");

        var (code, text, _) = await RunAsync(cancellationToken, "connect", "--list");
        var (_, json, _) = await RunAsync(cancellationToken, "connect", "--list", "--json");

        Assert.That(code, Is.Zero);
        var clients = JsonDocument.Parse(json).RootElement.GetProperty("clients").EnumerateArray().ToDictionary(client => client.GetProperty("client").GetString()!);
        Assert.That(clients["claude-code"].GetProperty("state").GetString(), Is.EqualTo("elsewhere"));
        Assert.That(clients["claude-code"].GetProperty("address").GetString(), Is.EqualTo("https://gateway.example/anthropic"));
        Assert.That(clients["codex"].GetProperty("state").GetString(), Is.EqualTo("here"));
        Assert.That(clients["codex"].GetProperty("address").GetString(), Is.EqualTo("http://127.0.0.1:8082/chatgpt"));
        Assert.That(clients["codex"].GetProperty("connectedAt").GetDateTimeOffset(), Is.EqualTo(TimeProvider.System.GetUtcNow()).Within(TimeSpan.FromMinutes(5)));
        Assert.That(text, Does.Contain("elsewhere (https://gateway.example/anthropic)").And.Not.Contain("secret"));
    }

    [TestCase("connect", "nobody")]
    [TestCase("disconnect", "nobody")]
    [TestCase("connect", "--Nothing:Known=1")]
    [TestCase("nonsense", "")]
    public async Task What_is_unknown_ends_with_2(string command, string argument)
    {
        var (code, _, errors) = await RunAsync(CancellationToken.None, command, argument);

        Assert.That((code, errors.StartsWith("tracker-proxy: ", StringComparison.Ordinal)), Is.EqualTo((2, true)), errors);
    }

    private async Task<(int Code, string Output, string Errors)> RunAsync(CancellationToken cancellationToken, params string[] arguments)
    {
        await using var process = TrackerProcess.Start("tracker-proxy", _home.Path, arguments.Where(argument => argument.Length > 0), new Dictionary<string, string> { ["PATH"] = _home.Path });
        return (await process.WaitForExitAsync(cancellationToken), process.Output, process.Errors);
    }

    private void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_home.File(path))!);
        File.WriteAllText(_home.File(path), text);
    }

    private string Read(string path) => File.ReadAllText(_home.File(path));

    /// <summary>All files but Tracker's own.</summary>
    private Dictionary<string, string> Files() => Directory.EnumerateFiles(_home.Path, "*", SearchOption.AllDirectories)
        .Where(file => !file.Contains("connections.json", StringComparison.Ordinal)).ToDictionary(file => file, File.ReadAllText);
}
