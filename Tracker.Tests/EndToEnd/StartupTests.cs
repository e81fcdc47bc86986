using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Tracker.Tests.Support;

namespace Tracker.Tests.EndToEnd;

/// <summary>What the proxy says when it starts, and when it cannot: one clear line and the right exit code.</summary>
public sealed class StartupTests : IDisposable
{
    private readonly TempDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Test, CancelAfter(60_000)]
    public async Task It_says_where_it_listens_where_the_data_is_and_how_to_point_a_client_at_it(CancellationToken cancellationToken)
    {
        await using var proxy = TrackerProcess.Start("tracker-proxy", _folder.Path, ["--Urls=http://127.0.0.1:0"]);

        var hint = await proxy.WaitForLineAsync(line => line.Contains("ANTHROPIC_BASE_URL=http://127.0.0.1:", StringComparison.Ordinal), cancellationToken);

        Assert.That(hint, Does.Contain("claude"));
        Assert.That(proxy.Output, Does.Contain("listens on http://127.0.0.1:"));
        Assert.That(proxy.Output, Does.Contain(_folder.Path).And.Contain("tracker.db").And.Contain("appsettings.json"));
    }

    [Test, CancelAfter(60_000)]
    public async Task Its_data_can_be_read_by_its_owner_only(CancellationToken cancellationToken)
    {
        await using var proxy = TrackerProcess.Start("tracker-proxy", _folder.Path, ["--Urls=http://127.0.0.1:0", $"--Storage:DatabasePath={_folder.File("data/tracker.db")}"]);

        await proxy.WaitForLineAsync(line => line.Contains("listens on", StringComparison.Ordinal), cancellationToken);

        if (OperatingSystem.IsWindows())
        {
            Assert.Ignore("Windows gives a user's folders to that user alone");
        }
        else
        {
            AssertOwnerOnly();
        }
    }

    [UnsupportedOSPlatform("windows")]
    private void AssertOwnerOnly()
    {
        foreach (var folder in new[] { "data", "data/logs" })
        {
            Assert.That(File.GetUnixFileMode(_folder.File(folder)).ToString(), Is.EqualTo("UserExecute, UserWrite, UserRead"), folder);
        }
    }

    [TestCase("--Nonsense=1", "Nonsense")]
    [TestCase("--Storage:BusyTimeout=soon", "Storage:BusyTimeout")]
    [TestCase("--Storage:BusyTimeout=00:00:00.5", "Storage:BusyTimeout")]
    [TestCase("--Recording:QueueCapacity=0", "Recording:QueueCapacity")]
    [TestCase("--Recording:QueueCapacity=many", "Recording:QueueCapacity")]
    [TestCase("--Proxy:IdleTimeout=00:00:00", "Proxy:IdleTimeout")]
    [TestCase("--Proxy:Providers:mine:Dialect=anthropic", "Proxy:Providers:mine:BaseAddress")]
    [TestCase("--Proxy:Providers:stats:BaseAddress=http://127.0.0.1:1", "Proxy:Providers:stats")]
    [TestCase("--Proxy:Providers:anthropic:BaseAddress=ftp://x", "Proxy:Providers:anthropic:BaseAddress")]
    [TestCase("--Proxy:Providers:anthropic:Dialect=klingon", "Proxy:Providers:anthropic:Dialect")]
    [TestCase("--Privacy:StorePromptPreview=perhaps", "Privacy:StorePromptPreview")]
    [TestCase("--Urls=nowhere", "Urls")]
    [TestCase("--Urls=http://127.0.0.1:99999", "Urls")]
    [TestCase("--Logging:Level=loud", "Logging:Level")]
    [CancelAfter(60_000)]
    public async Task A_wrong_setting_ends_it_with_2_and_one_line_that_names_the_key(string argument, string key, CancellationToken cancellationToken)
    {
        await using var proxy = TrackerProcess.Start("tracker-proxy", _folder.Path, ["--Urls=http://127.0.0.1:0", argument]);

        var exitCode = await proxy.WaitForExitAsync(cancellationToken);

        Assert.That(exitCode, Is.EqualTo(2), proxy.Errors);
        AssertOneLineOf(proxy, key);
    }

    [Test, CancelAfter(60_000)]
    public async Task A_wrong_setting_in_the_environment_or_the_file_is_named_as_well(CancellationToken cancellationToken)
    {
        var settings = Directory.CreateDirectory(Path.Combine(_folder.Path, OperatingSystem.IsWindows() ? "Tracker" : OperatingSystem.IsMacOS() ? "Library/Application Support/Tracker" : ".config/tracker"));
        await File.WriteAllTextAsync(Path.Combine(settings.FullName, "appsettings.json"), """{ "Recording": { "DrainTimeout": "1.00:00:00" } }""", cancellationToken);
        await using var proxy = TrackerProcess.Start("tracker-proxy", _folder.Path, [], new Dictionary<string, string> { ["TRACKER_Proxy__ShutdownGrace"] = "-00:00:01" });

        var exitCode = await proxy.WaitForExitAsync(cancellationToken);

        Assert.That(exitCode, Is.EqualTo(2));
        Assert.That(proxy.Errors, Does.Contain("Recording:DrainTimeout").Or.Contain("Proxy:ShutdownGrace"));
    }

    [Test, CancelAfter(60_000)]
    public async Task A_settings_file_that_is_no_JSON_ends_it_with_2_and_names_the_file(CancellationToken cancellationToken)
    {
        var settings = Directory.CreateDirectory(Path.Combine(_folder.Path, OperatingSystem.IsWindows() ? "Tracker" : OperatingSystem.IsMacOS() ? "Library/Application Support/Tracker" : ".config/tracker"));
        await File.WriteAllTextAsync(Path.Combine(settings.FullName, "appsettings.json"), "{ \"Urls\": ", cancellationToken);
        await using var proxy = TrackerProcess.Start("tracker-proxy", _folder.Path, []);

        var exitCode = await proxy.WaitForExitAsync(cancellationToken);

        Assert.That(exitCode, Is.EqualTo(2), proxy.Errors);
        AssertOneLineOf(proxy, "appsettings.json");
    }

    [Test, CancelAfter(60_000)]
    public async Task A_port_that_is_taken_ends_it_with_1_and_one_line(CancellationToken cancellationToken)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await using var proxy = TrackerProcess.Start("tracker-proxy", _folder.Path, [$"--Urls=http://{listener.LocalEndpoint}"]);

        var exitCode = await proxy.WaitForExitAsync(cancellationToken);

        Assert.That(exitCode, Is.EqualTo(1));
        AssertOneLineOf(proxy, "address already in use");
    }

    [Test, CancelAfter(60_000)]
    public async Task A_data_folder_that_cannot_be_made_ends_it_with_1_and_one_line(CancellationToken cancellationToken)
    {
        var file = _folder.File("a-file");
        await File.WriteAllTextAsync(file, "", cancellationToken);
        await using var proxy = TrackerProcess.Start("tracker-proxy", _folder.Path, ["--Urls=http://127.0.0.1:0", $"--Storage:DatabasePath={file}/tracker.db"]);

        var exitCode = await proxy.WaitForExitAsync(cancellationToken);

        Assert.That(exitCode, Is.EqualTo(1), proxy.Errors);
        AssertOneLineOf(proxy, "a-file");
    }

    [Test, CancelAfter(60_000)]
    public async Task A_second_proxy_for_the_same_data_ends_with_1_and_says_so(CancellationToken cancellationToken)
    {
        await using var first = await ProxyUnderTest.StartAsync(_folder.Path, new Uri("http://127.0.0.1:9"), cancellationToken);
        await using var second = TrackerProcess.Start("tracker-proxy", _folder.Path, ["--Urls=http://127.0.0.1:0", $"--Storage:DatabasePath={_folder.File("tracker.db")}"]);

        var exitCode = await second.WaitForExitAsync(cancellationToken);

        Assert.That(exitCode, Is.EqualTo(1), second.Errors);
        AssertOneLineOf(second, "Another tracker-proxy is running");
    }

    [Test, CancelAfter(60_000)]
    public async Task Help_and_version_end_with_0([Values("--help", "--version")] string argument, CancellationToken cancellationToken)
    {
        await using var proxy = TrackerProcess.Start("tracker-proxy", _folder.Path, [argument]);

        var exitCode = await proxy.WaitForExitAsync(cancellationToken);

        Assert.That(exitCode, Is.Zero);
        Assert.That(proxy.Output, argument == "--help" ? Does.Contain("Storage:DatabasePath").And.Contain("tracker-proxy [command] [options] [--Key=value ...]").And.Not.Contain("dditional arguments").IgnoreCase : Does.Match(@"^\d+\.\d+\.\d+"));
    }

    [TestCase("tracker-proxy", "paths")]
    [TestCase("tracker-proxy", "--help")]
    [TestCase("tracker-importer", "status")]
    [TestCase("tracker-importer", "--Importer:Interval=00:01:00")]
    [CancelAfter(60_000)]
    public async Task A_home_that_is_no_whole_path_ends_it_with_2_and_one_line(string program, string argument, CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Ignore("Windows does not ask a variable for the home");
        }

        await using var process = TrackerProcess.Start(program, _folder.Path, [argument], new Dictionary<string, string> { ["HOME"] = "relative/x" });

        var exitCode = await process.WaitForExitAsync(cancellationToken);

        Assert.That(exitCode, Is.EqualTo(2), process.Errors);
        AssertOneLineOf(process, "HOME is 'relative/x'");
    }

    private static void AssertOneLineOf(TrackerProcess process, string text)
    {
        Assert.That(process.Errors, Does.Contain(text));
        Assert.That(process.Errors.Split('\n'), Has.Length.EqualTo(1), process.Errors);
        Assert.That(process.Output, Does.Not.Contain("   at "));
    }
}
