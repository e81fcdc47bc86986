using System.Runtime.Versioning;
using Tracker.Proxy.Connecting;
using Tracker.Proxy.Connecting.Editing;

namespace Tracker.Tests.Proxy.Connecting;

/// <summary>The files that are changed: links, permissions, what is no settings file, and what changes meanwhile.</summary>
public sealed class ConnectedFileTests : IDisposable
{
    private const string Settings = ".claude/settings.json";

    private readonly ConnectHome _home = new();
    private readonly Client _claude = ConnectHome.Client("claude-code");

    public void Dispose() => _home.Dispose();

    [Test, Platform(Exclude = "Win"), UnsupportedOSPlatform("windows")]
    public void Link_is_followed_and_stays_and_permissions_stay()
    {
        _home.Write("dotfiles/claude.json", "{}");
        File.SetUnixFileMode(_home["dotfiles/claude.json"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        Directory.CreateDirectory(_home[".claude"]);
        File.CreateSymbolicLink(_home[Settings], _home["dotfiles/claude.json"]);

        _home.Connect(_claude);

        Assert.That(new FileInfo(_home[Settings]).LinkTarget, Is.EqualTo(_home["dotfiles/claude.json"]));
        Assert.That(_home.Read("dotfiles/claude.json"), Does.Contain("ANTHROPIC_BASE_URL"));
        Assert.That(new[] { "dotfiles/claude.json", "dotfiles/claude.json.before-tracker" }.Select(file => File.GetUnixFileMode(_home[file])),
            Has.All.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead));
        Assert.That(Directory.GetFiles(_home["dotfiles"]), Has.Length.EqualTo(2), "nothing temporary is left");
    }

    [Test, Platform(Exclude = "Win")]
    public void Relative_link_in_a_folder_that_is_a_link_leads_to_the_file_that_the_client_reads()
    {
        _home.Write("dot/common/settings.json", "{}");
        Directory.CreateDirectory(_home["dot/claude"]);
        File.CreateSymbolicLink(_home["dot/claude/settings.json"], "../common/settings.json");
        Directory.CreateSymbolicLink(_home[".claude"], "dot/claude");

        _home.Connect(_claude);
        var connected = File.ReadAllText(_home[Settings]);
        var status = _home.Connections().Look(_claude);
        _home.Disconnect(_claude);

        Assert.That(connected, Does.Contain("ANTHROPIC_BASE_URL"));
        Assert.That(status.State, Is.EqualTo(ClientState.Here));
        Assert.That(Path.Exists(_home["common"]), Is.False);
        Assert.That(new FileInfo(_home["dot/claude/settings.json"]).LinkTarget, Is.EqualTo("../common/settings.json"));
        Assert.That(_home.Read("dot/common/settings.json"), Is.EqualTo("{}"));
    }

    [Test, Platform(Exclude = "Win")]
    public void File_that_has_become_a_link_since_is_disconnected_once()
    {
        _home.Write(Settings, """{ "env": { "A": "1" } }""");
        _home.Connect(_claude);
        File.Move(_home[Settings], _home["dot.json"]);
        File.CreateSymbolicLink(_home[Settings], _home["dot.json"]);

        Assert.That(_home.Connect(_claude).ChangesFile, Is.False);
        Assert.That(_home.Connections().PlanDisconnecting(_claude).ToList(), Has.Exactly(1).Items);
        _home.Disconnect(_claude);

        Assert.That(_home.Read("dot.json"), Is.EqualTo("""{ "env": { "A": "1" } }"""));
        Assert.That(File.ReadAllText(_home.Record), Does.Not.Contain("claude-code"));
    }

    [Test, Platform(Exclude = "Win")]
    public void Link_that_leads_in_circles_is_not_replaced()
    {
        Directory.CreateDirectory(_home[".claude"]);
        File.CreateSymbolicLink(_home[Settings], "settings.json");

        Assert.That(() => _home.Connect(_claude), Throws.InstanceOf<IOException>());
        Assert.That(new FileInfo(_home[Settings]).LinkTarget, Is.EqualTo("settings.json"));
    }

    [Test, Platform(Exclude = "Win"), UnsupportedOSPlatform("windows")]
    public void New_file_is_for_its_owner_alone()
    {
        _home.Connect(_claude);

        Assert.That(File.GetUnixFileMode(_home[Settings]), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        Assert.That(File.GetUnixFileMode(_home.Record), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [Test]
    public void File_that_is_no_text_is_left_alone()
    {
        _home.Write(Settings, [0x7b, 0xff, 0xfe, 0x7d]);

        Assert.That(() => _home.Connect(_claude), Throws.InstanceOf<MalformedSettingsException>());
        Assert.That(_home.Connections().Look(_claude).State, Is.EqualTo(ClientState.Unreadable));
        Assert.That(File.ReadAllBytes(_home[Settings]), Is.EqualTo(new byte[] { 0x7b, 0xff, 0xfe, 0x7d }));
    }

    [Test]
    public void File_that_was_never_connected_does_not_keep_anybody_connected()
    {
        _home.Write(Settings, "{}");
        _home.Write(".bashrc", "# gr\u00fc\u00dfe\n"u8.ToArray().Append((byte)0xfc).ToArray());
        _home.Write(".config/opencode/opencode.json", """{ "provider": { """);
        var before = _home.Contents();
        _home.Connect(_claude);

        foreach (var client in KnownClients.All)
        {
            _home.Disconnect(client);
        }

        Assert.That(_home.Contents(), Is.EqualTo(before));
    }

    [TestCase(".bashrc", "bash", "# >>> tracker >>> taken away by: tracker-proxy disconnect\nexport A=\u00fc\n")]
    [TestCase(".config/opencode/opencode.json", "opencode", """{ "provider": { "anthropic": { "options": { "baseURL": "http://localhost:8082/v1" """)]
    public void File_that_may_hold_an_address_of_ours_and_cannot_be_understood_is_told_by_its_path(string file, string client, string text)
    {
        _home.Write(file, System.Text.Encoding.Latin1.GetBytes(text));

        Assert.That(() => _home.Disconnect(ConnectHome.Client(client)), Throws.InstanceOf<MalformedSettingsException>().With.Property("File").EqualTo(_home[file]));
    }

    [Test]
    public void File_that_changes_between_reading_and_writing_is_left_alone()
    {
        _home.Write(Settings, "{}");
        var connections = _home.Connections();
        var change = connections.PlanConnecting(_claude);
        _home.Write(Settings, "{ }");

        Assert.That(() => connections.Apply(change), Throws.InstanceOf<IOException>());
        Assert.That(_home.Read(Settings), Is.EqualTo("{ }"));
        _home.Disconnect(_claude);
        Assert.That(_home.Read(Settings), Is.EqualTo("{ }"));
    }
}
