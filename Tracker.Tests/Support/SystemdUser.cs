using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Tracker.Tests.Support;

/// <summary>
/// A real <c>systemd --user</c> for one home directory, in namespaces of its own: it sees no other process, and its units are in a control group of its own. Commands run
/// beside it, as in a session of that user.
/// </summary>
internal sealed class SystemdUser : IAsyncDisposable
{
    private const string End = "@@ended ";

    // systemd refuses to be a user's manager where the machine has not been booted with systemd: it looks for the folder in /run.
    private const string Session = """
        set -e
        mount --make-rprivate /
        mount -t tmpfs tmpfs /run
        mkdir -p /run/systemd/system "/run/user/$(id -u)"
        chmod 700 "/run/user/$(id -u)"
        if [ -d /sys/fs/cgroup/systemd ]; then
          mount -t tmpfs tmpfs /sys/fs/cgroup
          mkdir /sys/fs/cgroup/systemd
          mount -t cgroup -o none,name=systemd cgroup /sys/fs/cgroup/systemd
        else
          mount -t cgroup2 cgroup2 /sys/fs/cgroup
        fi
        export HOME="$1" XDG_RUNTIME_DIR="/run/user/$(id -u)"
        cd "$HOME"
        /lib/systemd/systemd --user --log-target=console > "$1/systemd.log" 2>&1 &
        manager=$!
        tries=0
        until systemctl --user show-environment > /dev/null 2>&1; do
          tries=$((tries + 1))
          [ $tries -lt 300 ] && kill -0 $manager
          sleep 0.1
        done
        echo "@@ended 0"
        set +e
        while IFS= read -r command; do
          sh -c "$command" < /dev/null 2>&1
          echo "@@ended $?"
        done
        systemctl --user exit
        wait $manager
        """;

    // In a control group of its own, which becomes the root of what is seen from inside.
    private const string Outside = """
        group=/sys/fs/cgroup/systemd
        [ -d $group ] || group=/sys/fs/cgroup
        group=$group/tracker-test-$$
        mkdir "$group" && echo $$ > "$group/cgroup.procs" && exec unshare --mount --pid --cgroup --fork --kill-child --mount-proc sh -c "$1" sh "$2"
        """;

    private readonly Process _process;

    private SystemdUser(Process process) => _process = process;

    public static async Task<SystemdUser> StartAsync(string home, CancellationToken cancellationToken)
    {
        if (!File.Exists("/lib/systemd/systemd") || Environment.UserName != "root")
        {
            Assert.Ignore("A systemd of one's own needs systemd and root.");
        }

        var start = new ProcessStartInfo("sh", ["-c", Outside, "sh", Session, home]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment.Clear(); // As in a session that has nothing of the machine's settings.
        start.Environment["PATH"] = Environment.GetEnvironmentVariable("PATH");
        start.Environment["LANG"] = "C.UTF-8";
        var process = Process.Start(start)!;
        var systemd = new SystemdUser(process);
        try
        {
            await systemd.ReadToEndOfCommandAsync(cancellationToken);
            return systemd;
        }
        catch (InvalidOperationException)
        {
            var reason = await process.StandardError.ReadToEndAsync(cancellationToken);
            await systemd.DisposeAsync();
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

    /// <summary>A property of a unit.</summary>
    public Task<string> ShowAsync(string unit, string property, CancellationToken cancellationToken) =>
        DoAsync($"systemctl --user show --value --property={property} {unit}", cancellationToken);

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
        var parent = Directory.Exists("/sys/fs/cgroup/systemd") ? "/sys/fs/cgroup/systemd" : "/sys/fs/cgroup";
        var group = Path.Combine(parent, $"tracker-test-{_process.Id}");
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
