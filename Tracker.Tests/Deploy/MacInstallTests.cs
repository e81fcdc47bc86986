using System.Xml;
using System.Xml.Linq;
using Tracker.Tests.Support;

namespace Tracker.Tests.Deploy;

/// <summary>What deploy/install.sh does on macOS, with stand-ins for that system's own programs.</summary>
[Platform("Linux")]
public sealed class MacInstallTests
{
    // As a launchd whose job is still ending: it takes no other of its name, and says so with an input/output error.
    private const string Launchctl = """
        echo "$1" >> "$HOME/calls"
        case $1 in
          print) [ "$(grep -c bootstrap "$HOME/calls")" = 4 ] && echo "pid = 7" || exit 113 ;;
          bootstrap) [ "$(grep -c bootstrap "$HOME/calls")" -gt 2 ] || { echo "Bootstrap failed: 5: Input/output error" >&2; exit 5; } ;;
        esac
        """;

    [Test, CancelAfter(60_000)]
    public async Task Agent_is_started_when_the_one_before_has_ended(CancellationToken cancellationToken)
    {
        using var home = new FakeHome();
        await PrepareAsync(home, Launchctl, cancellationToken);

        var (exitCode, output) = await home.RunAsync("sh", ["-c", "PATH=\"$HOME/bin:$PATH\" sh release/deploy/install.sh"], cancellationToken);

        Assert.That(exitCode, Is.Zero, output);
        Assert.That(output, Does.Contain("installed and runs"));
        Assert.That((await File.ReadAllLinesAsync(home.PathOf("calls"), cancellationToken)).Count(call => call == "bootstrap"), Is.EqualTo(4), "two refusals and two agents");
    }

    [Test, CancelAfter(60_000)]
    public async Task Shell_that_does_not_find_the_programs_is_told_how(CancellationToken cancellationToken)
    {
        using var home = new FakeHome();
        await PrepareAsync(home, "echo 'pid = 7'", cancellationToken);

        var (_, without) = await home.RunAsync("sh", ["-c", "PATH=\"$HOME/bin:$PATH\" sh release/deploy/install.sh"], cancellationToken);
        var line = without.Split('\n').Single(said => said.Contains("export PATH=", StringComparison.Ordinal));
        var (exitCode, version) = await home.RunAsync("sh", ["-c", line + "; tracker-proxy --version"], cancellationToken);
        var (_, with) = await home.RunAsync("sh", ["-c", "PATH=\"$HOME/bin:$HOME/.local/bin:$PATH\" sh release/deploy/install.sh"], cancellationToken);

        Assert.That((exitCode, version), Is.EqualTo((0, "1.2.3\n")));
        Assert.That(with, Does.Not.Contain("export PATH="));
    }

    [Test, CancelAfter(60_000)]
    public async Task Agents_see_the_variables_of_the_shell_and_keep_those_that_somebody_has_written_into_them(CancellationToken cancellationToken)
    {
        using var home = new FakeHome();
        await PrepareAsync(home, "echo 'pid = 7'", cancellationToken);
        const string Install = "PATH=\"$HOME/bin:$PATH\" sh release/deploy/install.sh";

        await home.RunAsync("sh", ["-c", "HTTPS_PROXY='http://ann:a&b<c@proxy.example' " + Install], cancellationToken);
        var first = Variables(home, "tracker.proxy");
        var plist = home.PathOf("Library/LaunchAgents/tracker.proxy.plist");
        await File.WriteAllTextAsync(plist, (await File.ReadAllTextAsync(plist, cancellationToken)).Replace("<key>HTTPS_PROXY", "<key>MINE</key>\n<string>a &amp; b</string>\n<key>HTTPS_PROXY", StringComparison.Ordinal), cancellationToken);
        var (exitCode, output) = await home.RunAsync("sh", ["-c", "CODEX_HOME=/codex HTTPS_PROXY=http://other.example " + Install], cancellationToken);
        var (_, again) = await home.RunAsync("sh", ["-c", "CODEX_HOME=/codex " + Install], cancellationToken);

        Assert.That(exitCode, Is.Zero, output);
        Assert.That(first, Is.EqualTo(new[] { ("HTTPS_PROXY", "http://ann:a&b<c@proxy.example") }));
        Assert.That(Variables(home, "tracker.proxy"), Is.EquivalentTo(new[] { ("CODEX_HOME", "/codex"), ("HTTPS_PROXY", "http://other.example"), ("MINE", "a & b") }));
        Assert.That(Variables(home, "tracker.importer"), Is.EquivalentTo(new[] { ("CODEX_HOME", "/codex"), ("HTTPS_PROXY", "http://other.example") }));
        Assert.That(again, Does.Contain("nothing to change"));
        Assert.That(await home.RunAsync("stat", ["-c", "%a", plist], cancellationToken), Is.EqualTo((0, "600\n")), "a proxy's address may hold a password");
    }

    [TestCase("1", "")]
    [TestCase("", "do not run")]
    [CancelAfter(60_000)]
    public async Task Programs_built_with_a_NET_in_a_place_of_its_own_are_told_where_it_is_or_not_installed(string works, string refusal, CancellationToken cancellationToken)
    {
        using var home = new FakeHome();
        await PrepareAsync(home, "echo 'pid = 7'", cancellationToken);
        await File.WriteAllTextAsync(home.PathOf("release/Tracker.sln"), "", cancellationToken);
        WriteProgram(home, "built", $"[ \"{works}${{DOTNET_ROOT-}}\" = 1/opt/dotnet ] || {{ echo 'You must install .NET to run this application.'; exit 131; }}");
        WriteProgram(home, "bin/dotnet", """
            if [ "$1" = --list-runtimes ]; then
              printf 'Microsoft.AspNetCore.App 10.0.0 [/opt/dotnet/shared/Microsoft.AspNetCore.App]\nMicrosoft.NETCore.App 10.0.0 [/opt/dotnet/shared/Microsoft.NETCore.App]\n'
            else
              mkdir -p "$8" && cp "$HOME/built" "$8/tracker-$(basename "$8")"
            fi
            """);

        var (exitCode, output) = await home.RunAsync("sh", ["-c", "PATH=\"$HOME/bin:$PATH\" sh release/deploy/install.sh"], cancellationToken);

        Assert.That(exitCode == 0, Is.EqualTo(refusal.Length == 0), output);
        Assert.That(output, Does.Contain(refusal));
        if (exitCode == 0)
        {
            Assert.That(Variables(home, "tracker.proxy"), Is.EqualTo(new[] { ("DOTNET_ROOT", "/opt/dotnet") }));
        }
        else
        {
            Assert.That(home.PathOf(".local/lib/tracker"), Does.Not.Exist);
        }
    }

    [TestCase("exit 1", "the proxy does not listen. Another tracker-proxy is running")]
    [TestCase("[ \"$*\" = '-nP -a -p 7 -iTCP -sTCP:LISTEN' ] && echo 'tracker-p 7'", "is installed and runs")]
    [CancelAfter(60_000)]
    public async Task Proxy_is_said_to_run_when_the_agents_own_process_has_a_port(string lsof, string said, CancellationToken cancellationToken)
    {
        using var home = new FakeHome();
        await PrepareAsync(home, "printf '\\tstate = running\\n\\tpid = 7\\n'", cancellationToken);
        WriteProgram(home, "bin/lsof", lsof);
        await File.WriteAllTextAsync(home.PathOf("Library/Logs/tracker-proxy.log"), "Another tracker-proxy is running\n", cancellationToken);

        var (exitCode, output) = await home.RunAsync("sh", ["-c", "PATH=\"$HOME/bin:$PATH\" sh release/deploy/install.sh"], cancellationToken);

        Assert.That(output, Does.Contain(said));
        Assert.That(exitCode == 0, Is.EqualTo(output.Contains("and runs", StringComparison.Ordinal)));
    }

    [TestCase("[ \"$1 $2\" = '-p com.apple.quarantine' ]", "xattr -dr com.apple.quarantine 'HOME/release'")]
    [TestCase("exit 1", "Take one for this system")]
    [CancelAfter(60_000)]
    public async Task Release_that_macOS_kills_because_it_came_through_a_browser_is_told_apart_from_one_for_another_system(string xattr, string said, CancellationToken cancellationToken)
    {
        using var home = new FakeHome();
        await PrepareAsync(home, "exit 0", cancellationToken);
        WriteProgram(home, "bin/xattr", xattr);
        WriteProgram(home, "release/proxy/tracker-proxy", "kill -9 $$");

        var (exitCode, output) = await home.RunAsync("sh", ["-c", "PATH=\"$HOME/bin:$PATH\" sh release/deploy/install.sh"], cancellationToken);

        Assert.That(exitCode, Is.Not.Zero);
        Assert.That(output, Does.Contain(said.Replace("HOME", home.Path, StringComparison.Ordinal)).And.Contain("Nothing was changed"));
    }

    private static IEnumerable<(string Name, string Value)> Variables(FakeHome home, string agent)
    {
        using var reader = XmlReader.Create(home.PathOf($"Library/LaunchAgents/{agent}.plist"), new XmlReaderSettings { DtdProcessing = DtdProcessing.Ignore, XmlResolver = null });
        var variables = XDocument.Load(reader).Root!.Element("dict")!.Elements("key").Single(key => key.Value == "EnvironmentVariables").ElementsAfterSelf().First();
        return [.. variables.Elements("key").Select(key => (key.Value, key.ElementsAfterSelf().First().Value))];
    }

    private static async Task PrepareAsync(FakeHome home, string launchctl, CancellationToken cancellationToken)
    {
        var (exitCode, output) = await home.RunAsync("cp", ["-R", Path.GetDirectoryName(Repository.Deploy("install.sh"))!, home.PathOf("deploy")], cancellationToken);
        Assert.That(exitCode, Is.Zero, output);
        Directory.CreateDirectory(home.PathOf("release"));
        Directory.Move(home.PathOf("deploy"), home.PathOf("release/deploy"));
        WriteProgram(home, "release/proxy/tracker-proxy", "case $1 in --version) echo 1.2.3 ;; paths) echo '  \"listen_streams\": \"127.0.0.1:8082\"' ;; esac");
        WriteProgram(home, "release/importer/tracker-importer", "[ \"$1\" != --version ] || echo 1.2.3");
        WriteProgram(home, "bin/uname", "echo Darwin");
        WriteProgram(home, "bin/launchctl", launchctl);
        WriteProgram(home, "bin/lsof", "exit 0");
        WriteProgram(home, "bin/sleep", "");
        // As the real one prints that dictionary: key and value are a line each.
        WriteProgram(home, "bin/plutil", """
            [ "$*" = "-extract EnvironmentVariables xml1 -o - $6" ] && [ -e "$6" ] || exit 1
            sed -n '/<key>EnvironmentVariables</,/<\/dict>/p' "$6" | sed -e 1d -e 's#^ *<key>#\t<key>#' -e 's#</key><string>#</key>\n\t<string>#'
            """);
    }

    private static void WriteProgram(FakeHome home, string path, string script)
    {
        var program = home.PathOf(path);
        Directory.CreateDirectory(Path.GetDirectoryName(program)!);
        File.WriteAllText(program, $"#!/bin/sh\n{script}\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }
}
