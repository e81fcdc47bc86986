using System.Diagnostics;
using System.Runtime.Versioning;
using Tracker.Proxy.Connecting;
using Tracker.Storage.Hosting;
using Tracker.Tests.Support;

namespace Tracker.Tests.Proxy.Connecting;

/// <summary>Files of another user's, as root meets them with that user's HOME.</summary>
[Platform("Linux"), UnsupportedOSPlatform("windows")]
public sealed class FileOwnerTests : IDisposable
{
    private const string Settings = ".claude/settings.json";

    private readonly ConnectHome _home = new();
    private readonly Client _claude = ConnectHome.Client("claude-code");

    public void Dispose() => _home.Dispose();

    [SetUp]
    public void RequireRoot()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            Assert.Ignore("Only root may give files to others.");
        }
    }

    [Test]
    public void File_and_its_copy_keep_owner_group_and_mode()
    {
        const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;
        _home.Write(Settings, "{}");
        File.SetUnixFileMode(_home[Settings], Mode);
        Give(_home[Settings], "1234:5678");

        _home.Connect(_claude);
        var connected = new[] { Settings, $"{Settings}.before-tracker" }.Select(file => (OwnerOf(file), File.GetUnixFileMode(_home[file]))).ToList();
        _home.Disconnect(_claude);

        Assert.That(connected, Has.All.EqualTo(("1234:5678", Mode)));
        Assert.That((OwnerOf(Settings), File.GetUnixFileMode(_home[Settings])), Is.EqualTo(("1234:5678", Mode)));
    }

    [Test]
    public void New_file_and_its_folders_belong_to_whom_the_folder_belongs_to()
    {
        Directory.CreateDirectory(_home.Home);
        Give(_home.Home, "1234:5678");

        _home.Connect(ConnectHome.Client("fish"));

        Assert.That(new[] { ".config", ".config/fish", ".config/fish/conf.d", ".config/fish/conf.d/tracker.fish" }.Select(OwnerOf), Has.All.EqualTo("1234:5678"));
    }

    [Test, CancelAfter(60_000)]
    public async Task File_that_would_change_its_owner_is_left_alone(CancellationToken cancellationToken)
    {
        string[] command = ["setpriv", "--bounding-set=-chown"];
        if (!Commands.CanRun([.. command, "true"]))
        {
            Assert.Ignore("setpriv (of util-linux) is not there or may not take that away.");
        }

        _home.Write(Settings, "{}");
        Give(_home[Settings], "1234:5678");

        await using var process = TrackerProcess.Start("tracker-proxy", _home.Home, ["connect", "claude-code", "--yes"], under: command);
        var code = await process.WaitForExitAsync(cancellationToken);

        Assert.That(code, Is.EqualTo(1), process.Output);
        Assert.That(process.Errors, Does.Contain($"{_home[Settings]} belongs to user 1234 and group 5678").And.Not.Contain("\n"));
        Assert.That((_home.Read(Settings), OwnerOf(Settings)), Is.EqualTo(("{}", "1234:5678")));
        Assert.That(Directory.GetFiles(_home[".claude"]), Has.Length.EqualTo(1), "nothing is left beside it");
    }

    private string? OwnerOf(string file) => FileStatus.Of(_home[file]) is { } status ? $"{status.Owner}:{status.Group}" : null;

    private static void Give(string path, string owner)
    {
        using var chown = Process.Start("chown", [owner, path]);
        chown.WaitForExit();
        Assert.That(chown.ExitCode, Is.Zero);
    }
}
