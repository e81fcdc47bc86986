using System.Runtime.InteropServices;
using Tracker.Tests.Support;

namespace Tracker.Tests.Deploy;

/// <summary>What deploy/package.sh and package-deb.sh build, started and used.</summary>
[Platform("Linux")]
public sealed class PackageTests
{
    private const string Version = "9.8.7";

    [Test, CancelAfter(1_800_000)]
    public async Task Release_and_Debian_package_run_without_dotnet_on_an_empty_home_and_record_a_call(CancellationToken cancellationToken)
    {
        if (!Rounds.AreLong)
        {
            Assert.Ignore("Publishing takes minutes: LONG_TESTS=1.");
        }

        using var home = new FakeHome();
        var architecture = RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "arm64" : "x64";
        var name = $"tracker-{Version}-linux-{architecture}";

        // The build's own caches are the machine's.
        var build = $"HOME='{Environment.GetEnvironmentVariable("HOME")}' sh '{Repository.Deploy("package.sh")}' {Version} linux-{architecture} dist";
        var archive = await DoAsync(home, build, cancellationToken);
        Assert.That(archive, Does.EndWith($"dist/{name}.tar.gz"));
        await DoAsync(home, $"cd dist && sha256sum --quiet -c SHA256SUMS && tar -xzf {name}.tar.gz", cancellationToken);
        Assert.That(Directory.GetFileSystemEntries(home.PathOf($"dist/{name}")).Select(Path.GetFileName), Is.SupersetOf(new[] { "LICENSE", "README.md", "CHANGELOG.md", "docs", "deploy", "proxy", "importer" }));
        Assert.That(Directory.GetFileSystemEntries(home.PathOf($"dist/{name}/importer")).Select(Path.GetFileName), Is.EquivalentTo(new[] { "tracker-importer", "libe_sqlite3.so" }), "native code, which needs the compiler gcc or clang");
        await AssertRecordsAsync(home.PathOf($"dist/{name}/proxy/tracker-proxy"), home.PathOf($"dist/{name}/importer/tracker-importer"), cancellationToken);

        var package = await DoAsync(home, $"sh '{Repository.Deploy("package-deb.sh")}' dist/{name}.tar.gz dist", cancellationToken);
        var control = await DoAsync(home, $"dpkg-deb --info {package}", cancellationToken);
        var contents = await DoAsync(home, $"dpkg-deb --contents {package}", cancellationToken);
        Assert.That(control, Does.Contain($"Version: {Version}").And.Contain("postinst").And.Contain("prerm"));
        foreach (var file in new[] { "usr/lib/systemd/system/tracker-proxy.socket", "usr/lib/systemd/system/tracker-importer.timer", "usr/lib/systemd/user/tracker-proxy.service", "usr/bin/tracker-proxy", "etc/tracker/" })
        {
            Assert.That(contents, Does.Contain("./" + file));
        }

        Assert.That(contents.Split('\n'), Is.All.Contains("root/root"));
        await DoAsync(home, $"dpkg-deb -x {package} root && dpkg-deb -e {package} scripts && for script in scripts/postinst scripts/prerm scripts/postrm; do sh -n $script || exit 1; done", cancellationToken);
        await AssertRecordsAsync(home.PathOf("root/usr/bin/tracker-proxy"), home.PathOf("root/usr/bin/tracker-importer"), cancellationToken);
        await DoAsync(home, "cd dist && sha256sum --quiet -c SHA256SUMS && grep -q '[.]deb$' SHA256SUMS", cancellationToken);
        await AssertIsInstalledAsync(package, cancellationToken);
    }

    [TestCase("package.sh", "1.0.0 plan9-x64", "there is no 'plan9-x64'")]
    [TestCase("package.sh", "", "say which version")]
    [TestCase("package-deb.sh", "nothing.tar.gz", "name an archive")]
    [CancelAfter(60_000)]
    public async Task Scripts_say_what_is_missing(string script, string arguments, string text, CancellationToken cancellationToken)
    {
        using var home = new FakeHome();

        var (exitCode, output) = await home.RunAsync("sh", [Repository.Deploy(script), .. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)], cancellationToken);

        Assert.That(exitCode, Is.EqualTo(1));
        Assert.That(output, Does.Contain(text));
    }

    private static async Task<string> DoAsync(FakeHome home, string command, CancellationToken cancellationToken)
    {
        var (exitCode, output) = await home.RunAsync("sh", ["-c", command], cancellationToken);
        Assert.That(exitCode, Is.Zero, $"{command}\n{output}");
        return output.TrimEnd();
    }

    /// <summary>As a service of a machine without .NET.</summary>
    private static async Task AssertIsInstalledAsync(string package, CancellationToken cancellationToken)
    {
        await using var calls = await CountedCalls.StartAsync(cancellationToken);
        var home = new AnnsHome(calls);
        await using var machine = await OwnMachine.StartAsync(
            withSystemd: true,
            folder =>
            {
                home.Prepare(folder);
                File.Copy(package, Path.Combine(folder, "tracker.deb"));
            },
            cancellationToken);
        await machine.DoAsync(home.UsePort, cancellationToken);
        await machine.DoAsync("rm /etc/dotnet/install_location && umount /opt/dotnet && rm -rf /usr/share/dotnet /usr/lib/dotnet", cancellationToken);

        await machine.DoAsync("DEBIAN_FRONTEND=noninteractive HOME=/root SUDO_USER=ann dpkg -i /home/ann/tracker.deb", cancellationToken);

        Assert.That(await calls.CallAsync(home.Proxy, cancellationToken), Is.True);
        await machine.DoAsync("systemctl start tracker-importer.service && DEBIAN_FRONTEND=noninteractive HOME=/root dpkg -P tracker", cancellationToken);
        calls.AssertAllAreRows(new TestDatabase(Path.Combine(machine.Home, ".local/share/tracker")));
    }

    private static async Task AssertRecordsAsync(string proxyProgram, string importerProgram, CancellationToken cancellationToken)
    {
        using var home = new FakeHome();
        foreach (var program in new[] { proxyProgram, importerProgram })
        {
            Assert.That(await home.RunAsync(program, ["--version"], cancellationToken), Is.EqualTo((0, Version + "\n")));
        }

        await using var calls = await CountedCalls.StartAsync(cancellationToken);
        await using (var proxy = TrackerProcess.Start(
            proxyProgram, home.Path, ["--Urls=http://127.0.0.1:0", "--" + ProxyUnderTest.StoresAllAtStop, $"--Proxy:Providers:anthropic:BaseAddress={calls.Address.GetLeftPart(UriPartial.Authority)}"],
            new Dictionary<string, string> { ["DOTNET_ROOT"] = "/nowhere" }))
        {
            var line = await proxy.WaitForLineAsync(text => text.Contains("listens on http://", StringComparison.Ordinal), cancellationToken);
            Assert.That(await calls.CallAsync(new Uri(line.Split("listens on ")[1].Split(';')[0]), cancellationToken), Is.True);
            proxy.Terminate();
            Assert.That(await proxy.WaitForExitAsync(cancellationToken), Is.Zero);
        }

        calls.AssertAllAreRows(new TestDatabase(home.PathOf(".local/share/tracker")));
        var (exitCode, output) = await home.RunAsync(importerProgram, [], cancellationToken);
        Assert.That(exitCode, Is.Zero, output);
    }
}
