using System.ComponentModel;
using System.Diagnostics;
using System.Text.RegularExpressions;
using Tracker.Tests.Support;

namespace Tracker.Tests.Documentation;

/// <summary>What the documents tell people to type works, and prints what they say. A command that is new in a document is run like the others.</summary>
[Platform("Linux")]
public sealed partial class ShownCommandTests
{
    /// <summary>Not run, and why. The key is a pattern of a command's beginning.</summary>
    private static readonly Dictionary<string, string> NotRun = new()
    {
        [@"(\w+=1 )?dotnet test"] = "it is what runs this; the names in --filter are looked at in another test",
        ["dotnet run -c Release --project Tracker.Benchmarks"] = "takes minutes, and the machine alone",
        [@"(.* \| )?sudo "] = "changes the machine that the tests run on",
        ["loginctl enable-linger"] = "the same",
        ["launchctl "] = "macOS; LaunchAgentTests look at the agents",
        ["systemctl --user edit "] = "opens an editor; what it would write is what this machine's port is set with",
        ["sh deploy/package"] = "takes minutes; PackageTests make, unpack and start a release",
        [@"\(cd dist && sha256sum "] = "checks such a release; PackageTests do it",
        ["tracker-importer prices refresh https://"] = "asks the network; PriceCommandsTests do it with an address of their own",
        ["curl -H .* https://"] = "another machine; BeyondLoopbackTests do it with two addresses of this one",
    };

    /// <summary>Commands that stay, the text that they print then, and what is set for them.</summary>
    private static readonly Dictionary<string, (string Text, string Setting)> Staying = new()
    {
        // Beside the proxy that is there already.
        ["dotnet run --project Tracker.Proxy$"] = ("listens on", "export TRACKER_Urls=http://127.0.0.1:0 TRACKER_Storage__DatabasePath=~/another/tracker.db; "),
        ["tracker-importer --watch"] = ("when they change", ""),
        ["journalctl .* -f "] = ("Started", ""),
        ["tail -q?[fF] "] = ("Started", ""),
    };

    /// <summary>What a reader does before the next command.</summary>
    private static readonly Dictionary<string, string> Afterwards = new()
    {
        ["systemctl --user stop tracker-proxy.socket tracker-proxy"] = "systemctl --user start tracker-proxy.socket tracker-proxy",
        ["sh ~/.local/lib/tracker/deploy/install.sh --uninstall"] = "sh deploy/install.sh",
    };

    [Test, CancelAfter(600_000)]
    public async Task Every_command_works_and_prints_what_the_document_shows(CancellationToken cancellationToken)
    {
        foreach (var tool in new[] { "curl", "jq", "sqlite3", "setsid", "systemctl", "journalctl" })
        {
            RequireInstalled(tool);
        }

        // What several documents show is run once.
        var commands = Document.All.SelectMany(document => document.Commands).Where(command => command.Language == "sh").DistinctBy(command => (command.Text, command.Output)).ToList();
        await using var machine = await ReadersMachine.StartAsync(cancellationToken);

        var faults = new List<string>();
        foreach (var command in commands.Where(command => Find(NotRun, command) is null))
        {
            var (exitCode, output) = Find(Staying, command) is { } staying && Staying[staying] is var (text, setting)
                ? await machine.RunUntilAsync(setting + command.Text, text, cancellationToken)
                : await machine.RunAsync(command.Text, cancellationToken);
            await TestContext.Out.WriteLineAsync($"$ {command}\n{output}\n");
            if (exitCode != 0)
            {
                faults.Add($"{command}\nended with {exitCode}{(exitCode == 124 ? ", because it stays" : "")}:\n{output}");
            }
            else if (command.Output is { } shown && LinesNotIn(output, shown) is { Count: > 0 } lines)
            {
                faults.Add($"{command}\nprints no such lines: {string.Join('\n', lines)}\nbut:\n{output}");
            }

            if (Afterwards.TryGetValue(command.Text, out var next))
            {
                await machine.RunAsync(next, cancellationToken);
            }
        }

        Assert.That(faults, Is.Empty, string.Join("\n\n", faults));
    }

    [Test]
    public void Lists_of_this_test_name_nothing_that_no_document_shows()
    {
        var commands = Document.All.SelectMany(document => document.Commands).ToList();

        var unused = NotRun.Keys.Concat(Staying.Keys).Where(beginning => !commands.Exists(command => IsOne(command, beginning)))
            .Concat(Afterwards.Keys.Where(text => !commands.Exists(command => command.Text == text)));

        Assert.That(unused, Is.Empty);
    }

    [Test]
    public void Filters_of_tests_find_some()
    {
        var names = typeof(ShownCommandTests).Assembly.GetTypes().Select(type => type.FullName!).ToList();
        var filters = Document.All.SelectMany(document => document.Commands).SelectMany(command => Filter().Matches(command.Text)).Select(match => match.Groups["name"].Value).ToList();

        Assert.That(filters, Is.Not.Empty);
        Assert.That(filters.Where(filter => !names.Exists(name => name.Contains(filter, StringComparison.Ordinal))), Is.Empty);
    }

    [Test]
    public void Number_of_things_may_be_another_and_the_words_may_not()
    {
        const string shown = "codex: 12 records in 2 files\n3 calls were removed";

        Assert.That(LinesNotIn("codex: 1 record in 1 file\n1 call was removed", shown), Is.Empty);
        Assert.That(LinesNotIn("codex: 1 record in 1 log\n1 call was removed", shown), Is.EqualTo(new[] { "codex: 12 records in 2 files" }));
    }

    [Test, CancelAfter(120_000)]
    public async Task PowerShells_own_parser_finds_no_fault_in_what_is_for_Windows(CancellationToken cancellationToken)
    {
        RequireInstalled("pwsh");
        using var folder = new TempDirectory();
        var scripts = Document.All.SelectMany(document => document.Blocks).Where(block => block.Language == "powershell").Select(block => string.Join('\n', block.Lines))
            .Concat(Document.All.SelectMany(document => document.Commands).Where(command => command.Language == "powershell").Select(command => command.Text)).ToList();
        await File.WriteAllTextAsync(folder.File("all.ps1"), string.Join('\n', scripts), cancellationToken);
        var command = $"$faults = $null; [void][Management.Automation.Language.Parser]::ParseFile('{folder.File("all.ps1")}', [ref]$null, [ref]$faults); $faults | ForEach-Object {{ \"$($_.Extent.StartLineNumber): $($_.Message)\" }}; 'parsed'";

        var output = await RunPowerShellAsync(folder.Path, command, cancellationToken);

        Assert.That(scripts, Has.Count.GreaterThan(5));
        Assert.That(output.Trim(), Is.EqualTo("parsed"), string.Join('\n', scripts));
    }

    [Test, CancelAfter(120_000)]
    public async Task PowerShell_reads_the_logs_as_the_documents_say(CancellationToken cancellationToken)
    {
        RequireInstalled("pwsh");
        using var folder = new TempDirectory();
        var data = Directory.CreateDirectory(folder.File("Tracker")).FullName;
        await using (var proxy = await ProxyUnderTest.StartAsync(data, new Uri("http://127.0.0.1:9"), new Dictionary<string, string> { ["TRACKER_Nonsense"] = "1" }, cancellationToken))
        {
            await proxy.StopAsync(cancellationToken);
        }

        var block = Document.All.SelectMany(document => document.Blocks).Single(block => block.Language == "powershell" && block.Lines.Any(line => line.Contains("Get-Content", StringComparison.Ordinal)));
        var output = await RunPowerShellAsync(folder.Path, string.Join('\n', block.Lines).Replace("-Wait ", "", StringComparison.Ordinal), cancellationToken);

        Assert.That(output, Does.Contain("\"Name\":\"Started\"")); // The second line shows the last events,
        Assert.That(output, Does.Match(@"\n\S.* The setting \{Key\} is none that Tracker knows")); // and the third the warnings among them, in a table.
    }

    private static string? Find<T>(Dictionary<string, T> beginnings, ShownCommand command) => beginnings.Keys.FirstOrDefault(beginning => IsOne(command, beginning));

    private static bool IsOne(ShownCommand command, string beginning) => Regex.IsMatch(command.Text, "^" + beginning);

    /// <summary>Lines that a document shows and the output has not, numbers and the width of columns aside.</summary>
    private static List<string> LinesNotIn(string output, string shown)
    {
        var lines = output.Split('\n').Select(Shape).ToHashSet();
        return [.. shown.Split('\n').Where(line => line.Trim() is not ("" or "…") && !lines.Contains(Shape(line)))];
    }

    // "1 call was" and "12 calls were" are one line.
    private static string Shape(string line) => Space().Replace(Several().Replace(Number().Replace(line, "0"), word => word.Value switch { "were" => "was", "are" => "is", "have" => "has", var noun => noun[..^1] }), " ").Trim();

    private static async Task<string> RunPowerShellAsync(string localApplicationData, string command, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("pwsh", ["-NoProfile", "-NonInteractive", "-Command", command]) { RedirectStandardOutput = true };
        (start.Environment["LOCALAPPDATA"], start.Environment["NO_COLOR"]) = (localApplicationData, "1");
        using var pwsh = Process.Start(start)!;
        return await pwsh.StandardOutput.ReadToEndAsync(cancellationToken);
    }

    private static void RequireInstalled(string tool)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(tool, ["--version"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            process.Kill();
        }
        catch (Win32Exception)
        {
            Assert.Ignore($"{tool} is not installed here.");
        }
    }

    [GeneratedRegex(@"\d[\d.,]*")]
    private static partial Regex Number();

    [GeneratedRegex(@"(?<=\b0 (more )?)[a-z]+s\b|\b(were|are|have)\b")]
    private static partial Regex Several();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();

    [GeneratedRegex(@"FullyQualifiedName~(?<name>\w+)")]
    private static partial Regex Filter();
}
