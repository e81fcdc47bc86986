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

    // Runs that function alone, in a folder with an old proxy, with stand-ins for what only Windows has; then shows the proxy that is there.
    private static string CopyPrograms(string standIn) => $$"""
        {{Function("Copy-Programs")}}
        function Stop-Service { 'stopped' | Out-Host }
        function Start-Service { }
        function Stop-ScheduledTask { }
        {{standIn}}
        $ServiceName = 'a'; $TaskName = 'b'; $ProgramFolder = Join-Path $PWD 'programs'
        New-Item -ItemType Directory -Path "$ProgramFolder/proxy" | Out-Null
        Set-Content -Path "$ProgramFolder/proxy/tracker-proxy.exe" -Value 'old'
        try { Copy-Programs } catch { "$_" }
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
    private static async Task<(int ExitCode, string Output)> RunPowerShellAsync(FakeHome home, string command, CancellationToken cancellationToken)
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
