using Tracker.Tests.Support;

namespace Tracker.Tests.Deploy;

/// <summary>What deploy/windows/install.ps1 does as a whole, with stand-ins for what only Windows has.</summary>
[Platform("Linux")]
public sealed class WindowsInstallTests
{
    // Each says that it was called.
    private const string Windows = """
        function Stop-Service { 'service stopped' | Out-Host }
        function Start-Service { 'service started' | Out-Host }
        function Get-Service { 'a service' }
        function New-Service { 'service made' | Out-Host }
        function Stop-ScheduledTask { 'importer stopped' | Out-Host }
        function Get-ScheduledTask { 'a task' }
        function New-ScheduledTaskAction { }
        function New-ScheduledTaskTrigger { }
        function New-ScheduledTaskPrincipal { }
        function New-ScheduledTaskSettingsSet { }
        function Register-ScheduledTask { 'task made' | Out-Host }
        function Unregister-ScheduledTask { 'task removed' | Out-Host }
        function Get-CimInstance { [pscustomobject] @{ PathName = $global:Service; ProcessId = 7 } }
        function Get-NetTCPConnection { param($OwningProcess, $State) if ($OwningProcess -eq 7) { 'a port' } }
        function Start-Sleep { }
        function Invoke-CimMethod { [pscustomobject] @{ ReturnValue = 0 } }
        function Get-ItemProperty { }
        function New-ItemProperty { param($Path, $Name, $PropertyType, $Value, [switch] $Force) "environment of the service: $Value" | Out-Host }
        function Set-UserPath([string[]] $Add, [string[]] $Remove) { "path: + $Add - $Remove" | Out-Host }
        function sc.exe { $global:LASTEXITCODE = 0; "sc.exe $args" | Out-Host }
        """;

    [Test, CancelAfter(120_000)]
    public async Task Mistake_in_the_users_settings_is_told_while_the_old_service_runs(CancellationToken cancellationToken)
    {
        using var home = new FakeHome();
        await PrepareAsync(home, cancellationToken);
        Write(home, "release/proxy/tracker-proxy.exe", "echo 'it is not valid JSON' >&2; exit 2");

        var output = await RunAsync(home, "", "", cancellationToken);

        Assert.That(output, Does.Contain("Nothing was changed").And.Contain("it is not valid JSON").And.Not.Contain("service stopped"));
        Assert.That(await File.ReadAllTextAsync(home.PathOf("programs/proxy/tracker-proxy.exe"), cancellationToken), Does.Contain("1.0.0"));
    }

    [Test, CancelAfter(120_000)]
    public async Task What_fails_after_the_service_was_stopped_starts_it_again(CancellationToken cancellationToken)
    {
        using var home = new FakeHome();
        await PrepareAsync(home, cancellationToken);

        var output = await RunAsync(home, "function New-ItemProperty { throw 'the registry is read only' }", "", cancellationToken);

        Assert.That(output, Does.Contain("the registry is read only"));
        Assert.That(output.LastIndexOf("service started", StringComparison.Ordinal), Is.GreaterThan(output.LastIndexOf("service stopped", StringComparison.Ordinal)), output);
    }

    [TestCase("importer")]
    [TestCase("proxy")]
    [TestCase("deploy")]
    [CancelAfter(120_000)]
    public async Task Programs_of_which_one_is_in_use_stay_the_old_ones_as_a_whole(string inUse, CancellationToken cancellationToken)
    {
        using var home = new FakeHome();
        await PrepareAsync(home, cancellationToken);
        await File.WriteAllTextAsync(home.PathOf($"programs/{inUse}/z.dll"), "1.0.0", cancellationToken);
        var before = Files(home);

        // As Windows: a folder with a file that is open is not renamed, and what is in it is removed up to that file.
        var output = await RunAsync(home, """
            function Move-Item([string] $LiteralPath, [string] $Destination) {
                if (Test-Path "$LiteralPath/z.dll") { throw 'is in use.' }
                Microsoft.PowerShell.Management\Move-Item -LiteralPath $LiteralPath -Destination $Destination
            }
            function Remove-Item([string] $LiteralPath, [switch] $Recurse, [switch] $Force) {
                Get-ChildItem -LiteralPath $LiteralPath -Recurse -File -ErrorAction SilentlyContinue | ForEach-Object {
                    if ($_.Name -eq 'z.dll') { throw 'is in use.' }
                    Microsoft.PowerShell.Management\Remove-Item -LiteralPath $_.FullName
                }
                Microsoft.PowerShell.Management\Remove-Item -LiteralPath $LiteralPath -Recurse -Force -ErrorAction SilentlyContinue
            }
            """, "", cancellationToken);

        Assert.That(output, Does.Contain("could not be replaced").And.Contain("is in use."));
        Assert.That(before.Except(Files(home)), Is.Empty, output);
        Assert.That(await File.ReadAllTextAsync(home.PathOf("programs/importer/tracker-importer.exe"), cancellationToken), Does.Contain("1.0.0"));
        Assert.That(await File.ReadAllTextAsync(home.PathOf("programs/proxy/tracker-proxy.exe"), cancellationToken), Does.Contain("1.0.0"));
    }

    [TestCase("")]
    [TestCase("proxy")]
    [CancelAfter(120_000)]
    public async Task Installation_that_was_broken_off_is_mended_by_the_next(string moved, CancellationToken cancellationToken)
    {
        using var home = new FakeHome();
        await PrepareAsync(home, cancellationToken);
        Write(home, "programs/importer.old/tracker-importer.exe", "exit 1");
        Write(home, "programs/new/proxy/tracker-proxy.exe", "exit 1");
        if (moved.Length > 0)
        {
            Directory.Move(home.PathOf("programs/" + moved), home.PathOf($"programs/{moved}.old"));
        }

        var output = await RunAsync(home, "", "", cancellationToken);

        Assert.That(output, Does.Contain("is running"));
        Assert.That(Directory.GetDirectories(home.PathOf("programs")).Select(Path.GetFileName), Is.EquivalentTo(new[] { "proxy", "importer", "deploy" }));
        Assert.That(await File.ReadAllTextAsync(home.PathOf("programs/proxy/tracker-proxy.exe"), cancellationToken), Does.Contain("2.0.0"));
    }

    [Test, CancelAfter(120_000)]
    public async Task Installing_uninstalling_and_what_the_installer_says_find_the_folder_of_the_service(CancellationToken cancellationToken)
    {
        using var home = new FakeHome();
        await PrepareAsync(home, cancellationToken);
        Write(home, "release/proxy/tracker-proxy.exe", "[ \"$1\" != disconnect ] || echo disconnected\n" + Settings(home, "$HOME/.config/Tracker/appsettings.json", ""));

        var installed = await RunAsync(home, "", "", cancellationToken);
        var uninstalled = await RunAsync(home, "", "-Uninstall", cancellationToken);

        Assert.That(installed, Does.Contain($"-Uninstall -ProgramFolder \"{home.PathOf("programs")}\""));
        Assert.That(uninstalled, Does.Contain("disconnected").And.Contain("is uninstalled"));
        Assert.That(installed, Does.Contain($"path: + {home.PathOf("programs/proxy")} {home.PathOf("programs/importer")} - \n"));
        Assert.That(uninstalled, Does.Contain($"path: +  - {home.PathOf("programs/proxy")} {home.PathOf("programs/importer")}\n"));
        Assert.That(home.PathOf("programs"), Does.Not.Exist);
    }

    [Test, CancelAfter(120_000)]
    public async Task Clients_that_cannot_be_disconnected_keep_their_proxy(CancellationToken cancellationToken)
    {
        using var home = new FakeHome();
        await PrepareAsync(home, cancellationToken);

        var output = await RunAsync(home, "", $"-Uninstall -ProgramFolder '{home.PathOf("elsewhere")}'", cancellationToken);
        var nothing = await RunAsync(home, "function Get-Service { }; function Get-ScheduledTask { }", $"-Uninstall -ProgramFolder '{home.PathOf("elsewhere")}'", cancellationToken);

        Assert.That(output, Does.Contain("Nothing was removed").And.Contain("-ProgramFolder").And.Not.Contain("stopped"));
        Assert.That(nothing, Does.Contain("is uninstalled"));
    }

    [TestCase("", "", "", "local/tracker.db")]
    [TestCase("", "had.db", "", "had.db")]
    [TestCase("", "had.db", "said.db", "said.db")]
    [TestCase("wanted.db", "had.db", "", "wanted.db")]
    [TestCase("said.db", "", "said.db", "said.db")]
    [TestCase("wanted.db", "", "said.db", "/appsettings.json says that the database is HOME/said.db")]
    [CancelAfter(120_000)]
    public async Task Service_gets_the_database_that_is_wanted_or_said_or_that_it_has(string wanted, string had, string said, string expected, CancellationToken cancellationToken)
    {
        using var home = new FakeHome();
        await PrepareAsync(home, cancellationToken);
        Write(home, "release/proxy/tracker-proxy.exe", Settings(home, "$HOME/.config/Tracker/appsettings.json", said));

        var output = await RunAsync(home, HasDatabase(home, had), wanted.Length == 0 ? "" : $"-DatabasePath {home.PathOf(wanted)}", cancellationToken);

        Assert.That(output, Does.Contain(expected.StartsWith('/') ? expected.Replace("HOME", home.Path, StringComparison.Ordinal) : $"MINE=1 TRACKER_Storage__DatabasePath={home.PathOf(expected)}\n"));
    }

    [Test, CancelAfter(120_000)]
    public async Task Database_that_cannot_be_written_down_is_refused_or_kept_with_a_warning(CancellationToken cancellationToken)
    {
        using var home = new FakeHome();
        await PrepareAsync(home, cancellationToken);
        Write(home, "release/proxy/tracker-proxy.exe", Settings(home, "/machine/appsettings.json", ""));

        var refused = await RunAsync(home, HasDatabase(home, "had.db"), $"-DatabasePath {home.PathOf("wanted.db")}", cancellationToken);
        var kept = await RunAsync(home, HasDatabase(home, "had.db"), "", cancellationToken);

        Assert.That(refused, Does.Contain("into /machine/appsettings.json").And.Contain("Nothing was changed").And.Not.Contain("service stopped"));
        Assert.That(kept, Does.Contain("WARNING").And.Contain("into /machine/appsettings.json").And.Contain($"DatabasePath={home.PathOf("had.db")}\n"));
    }

    [TestCase("function Get-NetTCPConnection { }", "10:00 tracker-proxy could not start: the port is taken.")]
    [TestCase("function Get-CimInstance { [pscustomobject] @{ PathName = $global:Service; ProcessId = 0 } }", "10:00 tracker-proxy could not start: the port is taken.")]
    [TestCase("function Get-NetTCPConnection { }; function Start-Service { }", "tracker-proxy-start.log may tell why.")]
    [CancelAfter(120_000)]
    public async Task Service_that_does_not_listen_is_not_said_to_run(string standIns, string said, CancellationToken cancellationToken)
    {
        using var home = new FakeHome();
        await PrepareAsync(home, cancellationToken);
        Directory.CreateDirectory(home.PathOf("local/logs"));
        const string Fails = "function Start-Service { Set-Content -Path \"$env:LOCALAPPDATA/logs/tracker-proxy-start.log\" -Value '10:00 tracker-proxy could not start: the port is taken.' }\n";

        var output = await RunAsync(home, Fails + standIns, "", cancellationToken);

        Assert.That(output, Does.Contain("task made").And.Contain("does not listen").And.Contain(said).And.Not.Contain("is running"));
    }

    [Test, CancelAfter(120_000)]
    public async Task Uninstalling_names_what_is_in_use_and_stays(CancellationToken cancellationToken)
    {
        using var home = new FakeHome();
        await PrepareAsync(home, cancellationToken);

        var output = await RunAsync(home, "function Remove-Item { }", "-Uninstall", cancellationToken);
        var removed = await RunAsync(home, "", "-Uninstall", cancellationToken);

        Assert.That(output, Does.Contain("importer stopped").And.Contain("WARNING").And.Contain("importer").And.Contain("in use"));
        Assert.That(removed, Does.Contain("is uninstalled").And.Not.Contain("WARNING"));
        Assert.That(home.PathOf("programs"), Does.Not.Exist);
    }

    // What the service's environment has before.
    private static string HasDatabase(FakeHome home, string had) =>
        $"function Get-ItemProperty {{ [pscustomobject] @{{ Environment = @('MINE=1'{(had.Length == 0 ? "" : $", 'TRACKER_Storage__DatabasePath={home.PathOf(had)}'")}) }} }}";

    // A proxy with that settings file, which says where the database is, or nothing.
    private static string Settings(FakeHome home, string file, string said) => $$"""
        default="{{home.PathOf("local/tracker.db")}}"
        for argument; do
          case $argument in --Storage:DatabasePath=*) database=${argument#*=} ;; esac
        done
        case $1 in
          settings) echo "{ \"file\": \"{{file}}\", \"settings\": [ { \"key\": \"Storage:DatabasePath\", \"default\": \"$default\", \"source\": \"{{(said.Length == 0 ? "default" : file)}}\" } ] }" ;;
          *) echo "{ \"database\": \"${database:-{{(said.Length == 0 ? "$default" : home.PathOf(said))}}}\" }" ;;
        esac
        """;

    private static string[] Files(FakeHome home) => Directory.GetFiles(home.PathOf("programs"), "*", SearchOption.AllDirectories);

    // A release of 2.0.0, and installed programs of 1.0.0.
    private static async Task PrepareAsync(FakeHome home, CancellationToken cancellationToken)
    {
        foreach (var (folder, version) in new[] { ("release", "2.0.0"), ("programs", "1.0.0") })
        {
            Directory.CreateDirectory(home.PathOf(folder));
            var (exitCode, output) = await home.RunAsync("cp", ["-R", Path.GetDirectoryName(Repository.Deploy("install.sh"))!, home.PathOf(folder + "/deploy")], cancellationToken);
            Assert.That(exitCode, Is.Zero, output);
            foreach (var program in new[] { "proxy", "importer" })
            {
                Write(home, $"{folder}/{program}/tracker-{program}.exe", $"# {version}\n{Settings(home, "$HOME/.config/Tracker/appsettings.json", "")}");
            }
        }
    }

    // After the usual stand-ins those of the test. Where the programs are, the service says.
    private static async Task<string> RunAsync(FakeHome home, string standIns, string parameters, CancellationToken cancellationToken)
    {
        // Only an administrator of Windows could run it as it is, and the folder of the machine's settings is not this test's to make.
        var (_, output) = await WindowsScriptTests.RunPowerShellAsync(home, $$"""
            $global:Service = '"{{home.PathOf("programs")}}\proxy\tracker-proxy.exe"'
            $env:LOCALAPPDATA = '{{home.PathOf("local")}}'
            {{Windows}}
            {{standIns}}
            $script = '{{home.PathOf("release/deploy/windows/install.ps1")}}'
            $text = (Get-Content -Raw $script) -replace '(?m)^#Requires.*$', '' -replace '(?m)^Protect-Settings \(.*$', ''
            $text = $text.Replace('function Set-UserPath(', 'function Set-UserPathOfWindows(').Replace('[Security.Principal.WindowsIdentity]::GetCurrent().Name', "'ann'")
            try { & ([scriptblock]::Create($text.Replace('$PSScriptRoot', "'$(Split-Path $script)'"))) {{parameters}} } catch { "ended: $_" }
            """, cancellationToken);
        return output;
    }

    private static void Write(FakeHome home, string path, string script)
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
