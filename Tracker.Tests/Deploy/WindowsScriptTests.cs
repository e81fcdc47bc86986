using System.ComponentModel;
using System.Text.RegularExpressions;
using Tracker.Tests.Support;

namespace Tracker.Tests.Deploy;

/// <summary>What can be said about the script without PowerShell, on every system.</summary>
public sealed partial class WindowsScriptTests
{
    private static readonly string Script = Repository.ReadDeploy("windows", "install.ps1");

    [TestCase('{', '}')]
    [TestCase('(', ')')]
    [TestCase('[', ']')]
    public void Brackets_are_balanced(char open, char close)
    {
        var code = CommentsAndStrings().Replace(Script, "");

        var depth = 0;
        foreach (var character in code)
        {
            depth += character == open ? 1 : character == close ? -1 : 0;
            Assert.That(depth, Is.Not.Negative, code);
        }

        Assert.That(depth, Is.Zero, code);
    }

    [Test]
    public void Quotes_are_closed()
    {
        var code = CommentsAndStrings().Replace(Script, "");

        Assert.That(code, Does.Not.Contain('"').And.Not.Contain('\''));
    }

    [TestCase("tracker-proxy")]
    [TestCase("tracker-importer")]
    [TestCase("New-Service ")]
    [TestCase("Register-ScheduledTask ")]
    [TestCase("Set-StrictMode -Version Latest")]
    [TestCase("TRACKER_Storage__DatabasePath=$DatabasePath")]
    [TestCase("--Storage:DatabasePath={0}")]
    public void Script_mentions(string text) => Assert.That(Script, Does.Contain(text));

    [Test]
    public void Every_parameter_is_explained_in_the_help()
    {
        var parameters = ParameterBlock().Match(Script).Groups["parameter"].Captures.Select(capture => capture.Value).ToArray();

        var explained = HelpEntry().Matches(Script).Select(match => match.Groups["parameter"].Value).ToArray();

        Assert.That(parameters, Does.Contain("Uninstall"));
        Assert.That(explained, Is.EqualTo(parameters));
    }

    [Test, CancelAfter(120_000)]
    public async Task PowerShells_own_parser_finds_no_fault(CancellationToken cancellationToken)
    {
        var file = Repository.Deploy("windows", "install.ps1").Replace("'", "''", StringComparison.Ordinal);
        var command = $"$faults = $null; [void][Management.Automation.Language.Parser]::ParseFile('{file}', [ref]$null, [ref]$faults); $faults | ForEach-Object {{ \"$($_.Extent.StartLineNumber): $($_.Message)\" }}; 'parsed'";
        using var home = new FakeHome();

        var (_, output) = await RunPowerShellAsync(home, command, cancellationToken);

        Assert.That(output.Trim(), Is.EqualTo("parsed"));
    }

    [Test, CancelAfter(120_000)]
    public async Task Build_that_fails_leaves_the_programs_and_the_service_alone(CancellationToken cancellationToken)
    {
        using var home = new FakeHome();
        var (_, output) = await RunPowerShellAsync(home, CopyPrograms("function dotnet { $global:LASTEXITCODE = 1 }"), cancellationToken);

        Assert.That(output, Does.Contain("Nothing was changed").And.Contain("old").And.Not.Contain("stopped"));
    }

    [Test, CancelAfter(120_000)]
    public async Task Programs_are_replaced_once_the_new_ones_are_there(CancellationToken cancellationToken)
    {
        using var home = new FakeHome();

        var (_, output) = await RunPowerShellAsync(
            home, CopyPrograms("function dotnet { New-Item -ItemType Directory -Path $args[5] | Out-Null; Set-Content -Path (Join-Path $args[5] 'tracker-proxy.exe') -Value 'new'; $global:LASTEXITCODE = 0 }"), cancellationToken);

        Assert.That(output, Does.Contain("stopped").And.Contain("new").And.Contain("uninstaller").And.Not.Contain("Exception"));
    }

    [TestCase("C:\\\\a\\nb.db", "holds a control character")]
    [TestCase("C:\\\\ä\\\\b.db", "C:\\ä\\b.db")]
    [CancelAfter(120_000)]
    public async Task Path_of_the_database_that_is_no_line_does_not_get_into_the_service(string json, string said, CancellationToken cancellationToken)
    {
        using var home = new FakeHome();

        var (_, output) = await RunPowerShellAsync(home, $$"""
            {{Function("Get-DatabasePath")}}
            function Answer { $global:LASTEXITCODE = 0; '{ "database": "{{json}}" }' }
            try { Get-DatabasePath 'Answer' '' '' } catch { "$_" }
            """, cancellationToken);

        Assert.That(output, Does.Contain(said));
    }

    [TestCase("", "'C:\\a', 'C:\\b' @()", "C:\\a;C:\\b")]
    [TestCase("%USERPROFILE%\\bin;c:\\A\\;", "'C:\\a', 'C:\\b' @()", "%USERPROFILE%\\bin;C:\\a;C:\\b")]
    [TestCase("%USERPROFILE%\\bin;C:\\a;C:\\b", "@() 'C:\\a', 'C:\\b'", "%USERPROFILE%\\bin")]
    [TestCase("C:\\a", "@() 'C:\\a'", "")]
    [CancelAfter(120_000)]
    public async Task Folders_of_the_programs_get_into_the_path_once_and_out_again(string path, string change, string expected, CancellationToken cancellationToken)
    {
        using var home = new FakeHome();

        var (_, output) = await RunPowerShellAsync(home, $"{Function("Edit-Path")}\n\"<$(Edit-Path '{path}' {change})>\"", cancellationToken);

        Assert.That(output.Trim(), Is.EqualTo($"<{expected}>"));
    }

    [TestCase("O:BAG:SYD:PAI(A;OICI;0x1200a9;;;BU)(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)", "")]
    [TestCase("O:SYG:SYD:AI(A;ID;FR;;;BU)(A;OICIIOID;FA;;;CO)(D;;FA;;;WD)(A;ID;FA;;;BA)", "")]
    [TestCase("O:BAD:P(A;;CCSWWPLORC;;;S-1-1-0)", "")]
    [TestCase("O:S-1-5-21-1-2-3-1001G:SYD:PAI(A;;FA;;;BA)", "belongs to S-1-5-21-1-2-3-1001")]
    [TestCase("O:BAG:SYD:AI(A;OICIID;FA;;;SY)(A;CIID;DCLCRPCR;;;BU)", "may be changed by BU")]
    [TestCase("O:BAG:SYD:PAI(A;OICI;0x1301bf;;;S-1-5-21-1-2-3-1001)", "may be changed by S-1-5-21-1-2-3-1001")]
    [TestCase("O:BAG:SYD:PAI(A;OICI;FA;;;BA)(A;;WD;;;AU)", "may be changed by AU")]
    [TestCase("O:BAG:SYD:PAI(A;;GA;;;WD)", "may be changed by WD")]
    [TestCase("O:BAG:SYD:NO_ACCESS_CONTROL", "does not understand")]
    [TestCase("O:BAG:SYD:(XA;;FA;;;WD;(@User.a == 1))", "does not understand")]
    [TestCase("O:BAG:SY", "does not understand")]
    [CancelAfter(120_000)]
    public async Task Who_else_may_change_the_services_settings_is_found(string sddl, string said, CancellationToken cancellationToken)
    {
        using var home = new FakeHome();

        var (_, output) = await RunPowerShellAsync(home, $"{Function("Find-Stranger")}\n\"<$(Find-Stranger '{sddl}')>\"", cancellationToken);

        Assert.That(output.Trim(), said.Length == 0 ? Is.EqualTo("<>") : Does.Contain(said));
    }

    [TestCase("", "icacls.exe SETTINGS /setowner *S-1-5-32-544|icacls.exe SETTINGS /inheritance:r /grant:r *S-1-5-32-544:(OI)(CI)F *S-1-5-18:(OI)(CI)F *S-1-5-32-545:(OI)(CI)RX|done")]
    [TestCase("New-Item -ItemType Directory -Path SETTINGS", "done")]
    [TestCase("New-Item -ItemType Directory -Path SETTINGS; $global:Permissions[''] = 'O:S-1-5-21-1G:SYD:PAI(A;;FA;;;BA)'", "SETTINGS belongs to S-1-5-21-1. ")]
    [TestCase("New-Item -ItemType File -Path SETTINGS/prices.json -Force; $global:Permissions['prices.json'] = 'O:BAG:SYD:AI(A;;FA;;;BU)'", "prices.json may be changed by BU. ")]
    [TestCase("New-Item -ItemType Directory -Path elsewhere; New-Item -ItemType SymbolicLink -Path SETTINGS -Value elsewhere", "SETTINGS is a link. ")]
    [CancelAfter(120_000)]
    public async Task Folder_of_the_services_settings_is_made_for_administrators_alone_or_refused(string before, string said, CancellationToken cancellationToken)
    {
        using var home = new FakeHome();
        var folder = home.PathOf("settings");

        var (_, output) = await RunPowerShellAsync(home, $$"""
            {{Function("Find-Stranger")}}
            {{Function("Protect-Settings")}}
            $global:Permissions = @{}
            function icacls.exe { "icacls.exe $args" | Out-Host; $global:LASTEXITCODE = 0 }
            function Get-Acl([string] $LiteralPath) {
                $of = $global:Permissions[$LiteralPath.Substring('{{folder}}'.Length).TrimStart('/')]
                [pscustomobject] @{ Sddl = if ($of) { $of } else { 'O:BAG:SYD:PAI(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)' } }
            }
            {{(before.Length == 0 ? "" : $"$({before.Replace("SETTINGS", folder, StringComparison.Ordinal)}) | Out-Null")}}
            try { Protect-Settings '{{folder}}'; 'done' } catch { "$_" }
            """, cancellationToken);

        Assert.That(output.Trim().ReplaceLineEndings("|"), said.EndsWith("done", StringComparison.Ordinal) ? Is.EqualTo(said.Replace("SETTINGS", folder, StringComparison.Ordinal)) : Does.Contain(said.Replace("SETTINGS", folder, StringComparison.Ordinal)));
    }

    [Test]
    public void Settings_are_protected_before_anything_is_installed()
    {
        var lines = Script.ReplaceLineEndings("\n").Split('\n').ToList();

        Assert.That(lines.FindIndex(line => line.StartsWith("Protect-Settings (", StringComparison.Ordinal)), Is.Positive.And.LessThan(lines.IndexOf("Copy-Programs")));
    }

    // Runs that function alone, in a folder with an old proxy, with stand-ins for what only Windows has; then shows the proxy that is there.
    private static string CopyPrograms(string standIn) => $$"""
        {{Function("Copy-Programs")}}
        {{Function("Switch-Programs")}}
        {{Function("Move-Folder")}}
        {{Function("Remove-Leftovers")}}
        function Stop-Service { 'stopped' | Out-Host }
        {{standIn}}
        $ProgramFolder = Join-Path $PWD 'programs'
        New-Item -ItemType Directory -Path "$ProgramFolder/proxy" | Out-Null
        Set-Content -Path "$ProgramFolder/proxy/tracker-proxy.exe" -Value 'old'
        try { Copy-Programs; Stop-Service; Switch-Programs } catch { "$_" }
        Get-Content "$ProgramFolder/proxy/tracker-proxy.exe"
        if (Test-Path "$ProgramFolder/deploy/windows/install.ps1") { 'uninstaller' }
        """;

    // A function of the script's, by itself.
    private static string Function(string name) => $$"""
        Set-StrictMode -Version Latest
        $ErrorActionPreference = 'Stop'
        $script = '{{Repository.Deploy("windows", "install.ps1")}}'
        $ast = [Management.Automation.Language.Parser]::ParseFile($script, [ref]$null, [ref]$null)
        $function = $ast.Find({ param($node) $node -is [Management.Automation.Language.FunctionDefinitionAst] -and $node.Name -eq '{{name}}' }, $true)
        Invoke-Expression $function.Extent.Text.Replace('$PSScriptRoot', "'$(Split-Path $script)'")
        """;

    // The .NET tool 'PowerShell'; .ci/run puts it on the path.
    internal static async Task<(int ExitCode, string Output)> RunPowerShellAsync(FakeHome home, string command, CancellationToken cancellationToken)
    {
        try
        {
            return await home.RunAsync("pwsh", ["-NoProfile", "-NonInteractive", "-Command", command], cancellationToken);
        }
        catch (Win32Exception)
        {
            Assert.Ignore("PowerShell is not installed here.");
            throw;
        }
    }

    [GeneratedRegex("""<\#.*?\#>|\#[^\n]*|"(`.|[^"`])*"|'[^']*'""", RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex CommentsAndStrings();

    [GeneratedRegex(@"^param\(\r?\n(\s+\[\w+\] \$(?<parameter>\w+)[^\n]*\n)+\)", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex ParameterBlock();

    [GeneratedRegex(@"^\.PARAMETER (?<parameter>\w+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex HelpEntry();
}
