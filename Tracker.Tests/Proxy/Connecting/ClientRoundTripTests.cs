using System.Text;
using Tracker.Proxy.Connecting;
using Tracker.Tests.Support;

namespace Tracker.Tests.Proxy.Connecting;

/// <summary>Settings files as clients and people write them: connected they lead here, disconnected they are what they were to the byte.</summary>
public sealed class ClientRoundTripTests : IDisposable
{
    private static readonly (string Name, string File, string? Data)[] Settings =
    [
        ("claude-code", ".claude/settings.json", "claude-code.settings.json"),
        ("codex", ".codex/config.toml", "codex.config.toml"),
        ("codex", ".codex/config.toml", "codex-own-provider.config.toml"),
        ("gemini-cli", ".gemini/.env", "gemini-cli.env"),
        ("qwen-code", ".qwen/settings.json", "qwen-code.settings.json"),
        ("opencode", ".config/opencode/opencode.jsonc", "opencode.jsonc"),
        ("cline", ".cline/data/settings/providers.json", "cline.providers.json"),
        ("pi", ".pi/agent/models.json", "pi.models.json"),
        ("bash", ".bashrc", "bashrc"),
        ("zsh", ".zshrc", "bashrc"),
        // Without a file.
        ("claude-code", ".claude/settings.json", null),
        ("codex", ".codex/config.toml", null),
        ("gemini-cli", ".gemini/.env", null),
        ("opencode", ".config/opencode/opencode.json", null),
        ("pi", ".pi/agent/models.json", null),
        ("bash", ".bashrc", null),
        ("fish", ".config/fish/conf.d/tracker.fish", null),
    ];

    private static readonly Dictionary<string, Func<string, byte[]>> Spellings = new()
    {
        ["as it is"] = Encoding.UTF8.GetBytes,
        ["CRLF"] = text => Encoding.UTF8.GetBytes(text.Replace("\n", "\r\n", StringComparison.Ordinal)),
        ["BOM"] = text => [.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(text)],
        ["UTF-16"] = text => [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes(text)],
        ["no line end at the end"] = text => Encoding.UTF8.GetBytes(text.TrimEnd('\n')),
        ["CRLF, BOM, no line end"] = text => [.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(text.TrimEnd('\n').Replace("\n", "\r\n", StringComparison.Ordinal))],
        ["blank lines around"] = text => Encoding.UTF8.GetBytes("\n\n" + text + "\n\n  \n"),
    };

    private readonly ConnectHome _home = new();

    public void Dispose() => _home.Dispose();

    private static IEnumerable<TestCaseData> Cases => Settings.SelectMany(settings => (settings.Data is null ? ["no file"] : Spellings.Keys.AsEnumerable())
        .Select(spelling => new TestCaseData(settings.Name, settings.File, settings.Data, spelling).SetArgDisplayNames(settings.Name, settings.Data ?? "", spelling)));

    [TestCaseSource(nameof(Cases))]
    public void Connected_it_leads_here_and_disconnected_it_is_what_it_was(string name, string file, string? data, string spelling)
    {
        var client = Arrange(name, file, data, spelling);
        var before = _home.Contents();

        var change = _home.Connect(client);
        var status = _home.Connections().Look(client);
        var connected = _home.Contents();
        var again = _home.Connect(client);
        var connectedAgain = _home.Contents();
        _home.Disconnect(client);

        Assert.That(change.Obstacle, Is.Null);
        Assert.That((status.State, status.Address, status.ConnectedAt is not null), Is.EqualTo((ClientState.Here, status.Address, true)));
        Assert.That(status.Address, Does.StartWith("http://127.0.0.1:8082"));
        Assert.That(change.Diff, Does.Contain("http://127.0.0.1:8082").And.Not.Contain("secret"));
        Assert.That((again.ChangesFile, connectedAgain), Is.EqualTo((false, connected)));
        Assert.That(File.ReadAllText(_home.Record), Does.Not.Contain("secret"));
        Assert.That(_home.Contents(), Is.EqualTo(before));
    }

    [TestCaseSource(nameof(Cases))]
    public void The_address_of_the_proxy_may_change_meanwhile(string name, string file, string? data, string spelling)
    {
        var client = Arrange(name, file, data, spelling);
        var before = _home.Contents();

        _home.Connect(client);
        var change = _home.Connect(client, _home.Connections("http://127.0.0.1:9191"));
        var status = _home.Connections("http://127.0.0.1:9191").Look(client);
        var text = _home.Read(file);
        _home.Disconnect(client, _home.Connections("http://127.0.0.1:7171"));

        Assert.That((change.ChangesFile, status.State), Is.EqualTo((true, ClientState.Here)));
        Assert.That(text, Does.Contain("127.0.0.1:9191").And.Not.Contain("127.0.0.1:8082"));
        Assert.That(_home.Contents(), Is.EqualTo(before));
    }

    [TestCaseSource(nameof(Cases))]
    public void Without_the_record_it_works_again_all_the_same(string name, string file, string? data, string spelling)
    {
        var client = Arrange(name, file, data, spelling);

        _home.Connect(client);
        File.Delete(_home.Record);
        var changes = _home.Disconnect(client);

        Assert.That(changes, Has.Count.EqualTo(1));
        Assert.That(File.Exists(_home[file]) ? _home.Read(file) : "", Does.Not.Contain("127.0.0.1:8082"));
        Assert.That(_home.Connections().Look(client).State, Is.Not.EqualTo(ClientState.Here).And.Not.EqualTo(ClientState.Unreadable));
    }

    private Client Arrange(string name, string file, string? data, string spelling)
    {
        Directory.CreateDirectory(_home.Home);
        if (data is not null)
        {
            _home.Write(file, Spellings[spelling](File.ReadAllText(TestData.Path("connecting", data))));
        }

        switch (name)
        {
            case "codex":
                _home.Write(".codex/auth.json", """{ "OPENAI_API_KEY": "sk-secret" }""");
                break;
            case "gemini-cli":
                _home.Write(".gemini/settings.json", File.ReadAllText(TestData.Path("connecting", "gemini-cli.settings.json")));
                break;
            case "opencode":
                _home.Write(".local/share/opencode/auth.json", """{ "openai": { "type": "api", "key": "sk-secret" } }""");
                break;
            case "pi":
                _home.Write(".pi/agent/auth.json", """{ "anthropic": { "type": "oauth", "access": "secret", "refresh": "secret" }, "openai": { "type": "oauth", "access": "secret" } }""");
                break;
            default:
                break;
        }

        return ConnectHome.Client(name);
    }
}
