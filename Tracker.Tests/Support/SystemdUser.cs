namespace Tracker.Tests.Support;

/// <summary>A real <c>systemd --user</c> for one home directory, in namespaces of its own. Commands run beside it, as in a session of that user.</summary>
internal sealed class SystemdUser : IAsyncDisposable
{
    // systemd refuses to be a user's manager where the machine has not been booted with systemd: it looks for the folder in /run.
    private const string Session = $$"""
        set -e
        mount --make-rprivate /
        mount -t tmpfs tmpfs /run
        mkdir -p /run/systemd/system "/run/user/$(id -u)"
        chmod 700 "/run/user/$(id -u)"
        cd /
        {{NamespaceShell.MountControlGroups}}
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
        {{NamespaceShell.Ready}}
        set +e
        {{NamespaceShell.RunCommands}}
        systemctl --user exit
        wait $manager
        """;

    private readonly NamespaceShell _shell;

    private SystemdUser(NamespaceShell shell) => _shell = shell;

    public static async Task<SystemdUser> StartAsync(string home, CancellationToken cancellationToken) => new(await NamespaceShell.StartAsync(Session, cancellationToken, home));

    /// <inheritdoc cref="NamespaceShell.RunAsync"/>
    public Task<(int ExitCode, string Output)> RunAsync(string command, CancellationToken cancellationToken) => _shell.RunAsync(command, cancellationToken);

    /// <inheritdoc cref="NamespaceShell.DoAsync"/>
    public Task<string> DoAsync(string command, CancellationToken cancellationToken) => _shell.DoAsync(command, cancellationToken);

    /// <summary>A property of a unit.</summary>
    public Task<string> ShowAsync(string unit, string property, CancellationToken cancellationToken) =>
        DoAsync($"systemctl --user show --value --property={property} {unit}", cancellationToken);

    public ValueTask DisposeAsync() => _shell.DisposeAsync();
}
