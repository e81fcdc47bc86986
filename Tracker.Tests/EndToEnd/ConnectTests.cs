using System.Text.Json;
using Microsoft.AspNetCore.Http;
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

    [TestCase("https_proxy"), TestCase("ALL_PROXY"), CancelAfter(120_000)]
    public async Task Client_whose_calls_would_go_to_an_HTTP_proxy_is_not_connected(string name, CancellationToken cancellationToken)
    {
        Write(".claude/settings.json", ClaudeSettings);
        var before = Files();
        var variables = new Dictionary<string, string> { [name] = "http://user:secret@proxy.example:3128" };

        var (code, shown, _) = await RunAsync(variables, cancellationToken, "connect", "claude-code");
        var unchanged = Files();
        var (withNoProxy, _, _) = await RunAsync(new(variables) { ["NO_PROXY"] = "localhost,127.0.0.1" }, cancellationToken, "connect", "claude-code");

        Assert.That((code, withNoProxy), Is.EqualTo((1, 0)));
        Assert.That(shown, Does.Contain($"{name} is set and NO_PROXY does not name 127.0.0.1").And.Not.Contain("secret"));
        Assert.That(unchanged, Is.EqualTo(before));
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
    public async Task Half_of_a_character_is_a_mistake_as_any_other(CancellationToken cancellationToken)
    {
        const string half = """
            {
              "x": { "type": "\ud83d" }
            }
            """;
        Write(".claude/settings.json", half);
        Write(".codex/auth.json", half);
        Write(".local/share/opencode/auth.json", half);
        Write(".qwen/settings.json", """{ "security": { "auth": { "selectedType": "openai" } } }""");

        var (code, shown, errors) = await RunAsync(cancellationToken, "connect");
        var (listed, list, _) = await RunAsync(cancellationToken, "connect", "--list");
        var (_, doctor, wrong) = await RunAsync(cancellationToken, "doctor", "--offline", "--json");

        Assert.That((code, listed, wrong), Is.EqualTo((1, 0, "")));
        Assert.That(errors, Does.Contain($"Claude Code: {_home.File(Path.Combine(".claude", "settings.json"))}:2: ").And.Contain($"opencode: {_home.File(Path.Combine(".local", "share", "opencode", "auth.json"))}:2: "));
        Assert.That(shown, Does.Contain("Qwen Code: connected"));
        Assert.That(list, Does.Contain("its settings cannot be read"));
        Assert.That(JsonDocument.Parse(doctor).RootElement.GetProperty("findings").ToString(), Does.Contain("half of a character"));
    }

    [TestCase("""{"env": null}""")]
    [TestCase("""{"env": []}""")]
    [TestCase("""{"env": "x"}""")]
    [CancelAfter(60_000)]
    public async Task Place_that_holds_something_else_is_named_with_its_file(string settings, CancellationToken cancellationToken)
    {
        Write(".claude/settings.json", settings);

        var (code, _, errors) = await RunAsync(cancellationToken, "connect", "claude-code");

        Assert.That(code, Is.EqualTo(1));
        Assert.That(errors, Does.StartWith($"tracker-proxy: Claude Code: {_home.File(Path.Combine(".claude", "settings.json"))}:1: "));
        Assert.That(Read(".claude/settings.json"), Is.EqualTo(settings));
    }

    [Test, CancelAfter(60_000)]
    public async Task No_is_an_answer_that_changes_nothing(CancellationToken cancellationToken)
    {
        // A terminal, and what is typed into it.
        string[] under = ["sh", "-c", "printf 'n\\n' | script -qec \"$*\" /dev/null", "sh"];
        if (!OperatingSystem.IsLinux() || !Commands.CanRun(["script", "-qec", "true", "/dev/null"]))
        {
            Assert.Ignore("script (of util-linux) is not there.");
        }

        Write(".claude/settings.json", ClaudeSettings);

        await using var process = TrackerProcess.Start("tracker-proxy", _home.Path, ["connect", "claude-code", "--Urls=http://127.0.0.1:9"], under: under);
        var code = await process.WaitForExitAsync(cancellationToken);

        Assert.That(process.Output, Does.Contain("Make these changes?").And.Contain("Nothing was changed.").And.Not.Contain("would be"));
        Assert.That((code, Read(".claude/settings.json")), Is.EqualTo((1, ClaudeSettings)));
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
        Assert.That(clients["codex"].GetProperty("connected_at").GetDateTimeOffset(), Is.EqualTo(TimeProvider.System.GetUtcNow()).Within(TimeSpan.FromMinutes(5)));
        Assert.That(text, Does.Contain("elsewhere (https://gateway.example/anthropic)").And.Not.Contain("secret"));
    }

    [Test, CancelAfter(120_000)]
    public async Task Client_that_was_named_and_cannot_be_connected_ends_with_1_and_the_others_are_connected(CancellationToken cancellationToken)
    {
        var (code, shown, _) = await RunAsync(cancellationToken, "connect", "copilot-cli", "claude-code", "--yes", "--Urls=http://127.0.0.1:9"); // "discard", which nobody serves

        Assert.That(code, Is.EqualTo(1));
        Assert.That(shown, Does.Contain("Copilot CLI: not connected: ").And.Contain("the importer reads its logs").And.Contain("Claude Code: connected to http://127.0.0.1:9"));
        Assert.That(shown, Does.Contain("Nothing answers at http://127.0.0.1:9 now"));
    }

    [Test, CancelAfter(120_000)]
    public async Task Files_that_Tracker_never_touched_do_not_make_disconnect_fail(CancellationToken cancellationToken)
    {
        Write(".claude/settings.json", ClaudeSettings);
        await RunAsync(cancellationToken, "connect", "claude-code");
        File.WriteAllBytes(_home.File(".bashrc"), [0x23, 0xfc, 0x0a]);
        Write(".config/opencode/opencode.json", "{ \"provider\": {");

        var (code, shown, errors) = await RunAsync(cancellationToken, "disconnect");

        Assert.That((code, errors), Is.EqualTo((0, "")));
        Assert.That(shown, Does.Contain("Claude Code: disconnected"));
        Assert.That(Read(".claude/settings.json"), Is.EqualTo(ClaudeSettings));
    }

    [TestCase("", "another program has the port")]
    [TestCase("""{"version":"1.0.0","database":"/home/mallory/tracker.db"}""", "the Tracker there writes to /home/mallory/tracker.db")]
    [CancelAfter(120_000)]
    public async Task Nobody_is_pointed_at_a_port_that_somebody_else_has(string status, string reason, CancellationToken cancellationToken)
    {
        Write(".claude/settings.json", ClaudeSettings);
        await using var other = await KestrelUpstream.StartAsync(context => context.Response.WriteAsync(status, context.RequestAborted), cancellationToken);
        var before = Files();

        var (code, shown, errors) = await RunAsync(cancellationToken, "connect", "claude-code", $"--Urls={other.Address.GetLeftPart(UriPartial.Authority)}");

        Assert.That((code, shown), Is.EqualTo((1, "")));
        Assert.That(errors, Does.Contain(reason).And.Contain("nothing was changed"));
        Assert.That(Files(), Is.EqualTo(before));
    }

    [TestCase("tracker.db", TestName = "Proxy_of_the_same_database_is_the_one")]
    [TestCase("elsewhere/tracker.db", TestName = "Proxy_of_the_same_user_is_the_one_whatever_its_settings")]
    [CancelAfter(120_000)]
    public async Task Proxy_of_this_user_is_the_one(string database, CancellationToken cancellationToken)
    {
        Write(".claude/settings.json", ClaudeSettings);
        await using var proxy = await ProxyUnderTest.StartAsync(_home.Path, new Uri("http://127.0.0.1:9"), cancellationToken);
        var address = proxy.Address.GetLeftPart(UriPartial.Authority);

        var (code, shown, _) = await RunAsync(cancellationToken, "connect", "claude-code", $"--Urls={address}", $"--Storage:DatabasePath={_home.File(database)}");

        Assert.That(code, Is.Zero, shown);
        Assert.That(shown, Does.Contain($"Claude Code: connected to {address}").And.Not.Contain("Nothing answers"));
    }

    [Test, CancelAfter(120_000)]
    public async Task Variables_of_the_shell_that_go_before_a_file_are_named(CancellationToken cancellationToken)
    {
        Write(".gemini/settings.json", """{ "security": { "auth": { "selectedType": "gemini-api-key" } } }""");
        var variables = new Dictionary<string, string> { ["GOOGLE_GEMINI_BASE_URL"] = "https://gateway.example/secret", ["ANTHROPIC_BASE_URL"] = "http://127.0.0.1:8082" };

        var (_, connected, _) = await RunAsync(variables, cancellationToken, "connect", "gemini-cli");
        var (_, disconnected, _) = await RunAsync(variables, cancellationToken, "disconnect");

        Assert.That(connected, Does.Contain("GOOGLE_GEMINI_BASE_URL is set in this shell and goes before the file").And.Not.Contain("secret"));
        Assert.That(disconnected, Does.Contain("ANTHROPIC_BASE_URL in this shell still leads to http://127.0.0.1:8082").And.Not.Contain("GOOGLE_GEMINI_BASE_URL in this shell"));
    }

    [Test, CancelAfter(120_000)]
    public async Task Port_that_the_system_chooses_is_no_address_for_clients(CancellationToken cancellationToken)
    {
        var (code, _, errors) = await RunAsync(cancellationToken, "connect", "claude-code", "--Urls=http://127.0.0.1:0");

        Assert.That((code, errors.Contains("Urls", StringComparison.Ordinal), Directory.EnumerateFiles(_home.Path, "settings.json", SearchOption.AllDirectories).Any()), Is.EqualTo((2, true, false)), errors);
    }

    [Test, CancelAfter(120_000)]
    public async Task Record_that_is_damaged_is_named_and_nothing_is_changed(CancellationToken cancellationToken)
    {
        Write(".claude/settings.json", "{}");
        await RunAsync(cancellationToken, "connect", "claude-code");
        var record = Directory.EnumerateFiles(_home.Path, "connections.json", SearchOption.AllDirectories).Single();
        await File.WriteAllTextAsync(record, "{ \"version\": 1,\n", cancellationToken);
        var connected = Read(".claude/settings.json");

        var (code, _, errors) = await RunAsync(cancellationToken, "disconnect");
        var afterwards = Read(".claude/settings.json");
        File.Delete(record);
        var (codeWithout, _, _) = await RunAsync(cancellationToken, "disconnect");

        Assert.That((code, afterwards), Is.EqualTo((2, connected)));
        Assert.That(errors, Does.Contain(record));
        Assert.That((codeWithout, Read(".claude/settings.json").Contains("127.0.0.1", StringComparison.Ordinal)), Is.EqualTo((0, false)));
    }

    [TestCase("connect", "nobody")]
    [TestCase("connect", "--json")]
    [TestCase("disconnect", "nobody")]
    [TestCase("connect", "--Nothing:Known=1")]
    [TestCase("nonsense", "")]
    public async Task What_is_unknown_ends_with_2(string command, string argument)
    {
        var (code, _, errors) = await RunAsync(CancellationToken.None, command, argument);

        Assert.That((code, errors.StartsWith("tracker-proxy: ", StringComparison.Ordinal)), Is.EqualTo((2, true)), errors);
    }

    private Task<(int Code, string Output, string Errors)> RunAsync(CancellationToken cancellationToken, params string[] arguments) => RunAsync([], cancellationToken, arguments);

    private async Task<(int Code, string Output, string Errors)> RunAsync(Dictionary<string, string> variables, CancellationToken cancellationToken, params string[] arguments)
    {
        // Nothing but what is in the home: no program of this machine's, and none of its variables.
        var environment = new Dictionary<string, string>(variables) { ["PATH"] = _home.Path };
        foreach (var name in new[] { "ANTHROPIC_BASE_URL", "OPENAI_BASE_URL", "GOOGLE_GEMINI_BASE_URL", "CODEX_HOME", "CODEX_API_KEY", "OPENAI_API_KEY", "ANTHROPIC_API_KEY" })
        {
            environment.TryAdd(name, "");
        }

        await using var process = TrackerProcess.Start("tracker-proxy", _home.Path, arguments.Where(argument => argument.Length > 0), environment);
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
