using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Tracker.Tests.Support;

/// <summary>
/// A shell in namespaces of its own, that sees no other process and changes no mount of this machine's, with a control group of its own. It runs a script that says
/// <see cref="Ready"/>, and then one line after the other.
/// </summary>
internal sealed class NamespaceShell : IAsyncDisposable
{
    /// <summary>For the script: it is ready for commands.</summary>
    public const string Ready = """
        echo "@@ended 0"
        """;

    /// <summary>For the script: runs the commands that come, until there are no more.</summary>
    public const string RunCommands = """
        while IFS= read -r command; do
          sh -c "$command" < /dev/null 2>&1
          echo "@@ended $?"
        done
        """;

    /// <summary>For the script: a hierarchy of control groups in the current folder's sys/fs/cgroup, with the shell's own group as its root.</summary>
    public const string MountControlGroups = """
        if [ -d /sys/fs/cgroup/systemd ]; then
          mount -t tmpfs tmpfs ./sys/fs/cgroup
          mkdir ./sys/fs/cgroup/systemd
          mount -t cgroup -o none,name=systemd cgroup ./sys/fs/cgroup/systemd
        else
          mount -t cgroup2 cgroup2 ./sys/fs/cgroup
        fi
        """;

    private const string End = "@@ended ";

    // In a control group of its own in every hierarchy, which becomes the root of what is seen from inside.
    private const string Outside = """
        hierarchies=/sys/fs/cgroup
        [ -e /sys/fs/cgroup/cgroup.procs ] || hierarchies=$(echo /sys/fs/cgroup/*)
        for hierarchy in $hierarchies; do
          [ -e "$hierarchy/cgroup.procs" ] || continue
          group=$hierarchy/tracker-test-$$
          mkdir "$group" 2> /dev/null && { echo $$ > "$group/cgroup.procs" || rmdir "$group"; } 2> /dev/null
        done
        grep -q "^\(0:\|.*:name=systemd\):.*/tracker-test-$$\$" /proc/self/cgroup || { echo "no control group can be made" >&2; exit 1; }
        exec unshare --mount --pid --cgroup --uts --fork --kill-child --mount-proc sh -c "$@"
        """;

    private readonly Process _process;

    private NamespaceShell(Process process) => _process = process;

    /// <summary>Skips the test where there can be no such shell.</summary>
    public static async Task<NamespaceShell> StartAsync(string script, CancellationToken cancellationToken, params string[] arguments)
    {
        if (!File.Exists("/lib/systemd/systemd") || Environment.UserName != "root")
        {
            Assert.Ignore("A systemd of one's own needs systemd and root.");
        }

        var start = new ProcessStartInfo("sh", ["-c", Outside, "sh", script, "sh", .. arguments]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment.Clear(); // As in a session that has nothing of the machine's settings.
        start.Environment["PATH"] = Environment.GetEnvironmentVariable("PATH");
        start.Environment["LANG"] = "C.UTF-8";
        var process = Process.Start(start)!;
        var shell = new NamespaceShell(process);
        try
        {
            await shell.ReadToEndOfCommandAsync(cancellationToken);
            return shell;
        }
        catch (InvalidOperationException)
        {
            var reason = await process.StandardError.ReadToEndAsync(cancellationToken);
            await shell.DisposeAsync();
            Assert.Ignore("No systemd can be started in namespaces here: " + reason);
            throw;
        }
    }

    /// <summary>Runs one line of shell.</summary>
    public async Task<(int ExitCode, string Output)> RunAsync(string command, CancellationToken cancellationToken)
    {
        await _process.StandardInput.WriteLineAsync(command.AsMemory(), cancellationToken);
        await _process.StandardInput.FlushAsync(cancellationToken);
        return await ReadToEndOfCommandAsync(cancellationToken);
    }

    /// <summary>Runs one line of shell that must not fail.</summary>
    /// <returns>Its output, without the line's end.</returns>
    public async Task<string> DoAsync(string command, CancellationToken cancellationToken)
    {
        var (exitCode, output) = await RunAsync(command, cancellationToken);
        Assert.That(exitCode, Is.Zero, $"{command}\n{output}");
        return output.TrimEnd();
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        try
        {
            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        RemoveControlGroups();
        _process.Dispose();
    }

    private async Task<(int ExitCode, string Output)> ReadToEndOfCommandAsync(CancellationToken cancellationToken)
    {
        var output = new List<string>();
        while (await _process.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.StartsWith(End, StringComparison.Ordinal))
            {
                return (int.Parse(line[End.Length..], CultureInfo.InvariantCulture), string.Join('\n', output));
            }

            output.Add(line);
        }

        throw new InvalidOperationException(string.Join('\n', output));
    }

    private void RemoveControlGroups()
    {
        string[] hierarchies = File.Exists("/sys/fs/cgroup/cgroup.procs") ? ["/sys/fs/cgroup"] : Directory.GetDirectories("/sys/fs/cgroup");
        foreach (var group in hierarchies.Select(hierarchy => Path.Combine(hierarchy, $"tracker-test-{_process.Id}")).Where(Directory.Exists))
        {
            try
            {
                // The files in it cannot be removed, and go with it.
                foreach (var folder in Directory.EnumerateDirectories(group, "*", SearchOption.AllDirectories).OrderByDescending(path => path.Length).Append(group))
                {
                    using var rmdir = Process.Start(new ProcessStartInfo("rmdir", [folder]) { RedirectStandardError = true })!;
                    rmdir.WaitForExit();
                }
            }
            catch (Exception exception) when (exception is IOException or Win32Exception or UnauthorizedAccessException)
            {
                // An empty control group is left.
            }
        }
    }
}
