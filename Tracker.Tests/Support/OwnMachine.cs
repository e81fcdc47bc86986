using System.Runtime.InteropServices;

namespace Tracker.Tests.Support;

/// <summary>
/// This machine once more, for installers that need all of it: the same files, but every change is in memory and gone afterwards; processes, control groups and devices of its own; on request
/// a real systemd as its first process, which starts nothing but what it is told. The network is this machine's. There is a user <c>ann</c>, whose home is a folder of the test's.
/// </summary>
internal sealed class OwnMachine : IAsyncDisposable
{
    // Nothing of the machine's files can be reached from inside, once its root is unmounted, but through the overlay, which never writes to what is below it.
    private const string Build = $$"""
        set -e
        mount --make-rprivate /
        mount -t tmpfs tmpfs "$1/disk"
        mkdir "$1/disk/changes" "$1/disk/work" "$1/disk/root"
        mount -t overlay overlay -o "lowerdir=/,upperdir=$1/disk/changes,workdir=$1/disk/work" "$1/disk/root"
        cd "$1/disk/root"
        mount -t tmpfs -o mode=1777 tmpfs ./tmp
        mount -t tmpfs -o mode=755 tmpfs ./run
        mount -t proc proc ./proc
        mount --bind ./proc/sys ./proc/sys
        mount -o remount,bind,ro ./proc/sys
        mount -t sysfs -o ro sysfs ./sys
        {{NamespaceShell.MountControlGroups}}
        mount -t tmpfs -o mode=755 tmpfs ./dev
        for device in null zero full random urandom tty; do
          : > "./dev/$device"
          mount --bind "/dev/$device" "./dev/$device"
        done
        mkdir ./dev/shm ./before
        mount -t tmpfs -o mode=1777 tmpfs ./dev/shm
        ln -s /proc/self/fd ./dev/fd
        ln -s pts/ptmx ./dev/ptmx
        mkdir -p ./home/ann ./opt/dotnet ./etc/dotnet
        mount --bind "$1/home" ./home/ann
        mount --bind "$2" ./opt/dotnet
        echo /opt/dotnet > ./etc/dotnet/install_location
        pivot_root . ./before
        exec chroot . sh -c "$3"
        """;

    private const string Settle = """
        set -e
        umount -l /before
        rmdir /before
        cd /
        useradd --no-create-home --home-dir /home/ann --shell /bin/sh ann
        chown -R ann: /home/ann
        """;

    private const string WithoutSystemd = $$"""
        {{Settle}}
        {{NamespaceShell.Ready}}
        set +e
        {{NamespaceShell.RunCommands}}
        """;

    // What the machine's own systemd would start and mount is taken away; and it believes to be in a container, so that it leaves the kernel's settings alone.
    private const string WithSystemd = $$"""
        {{Settle}}
        rm -rf /lib/systemd/system/*.wants /etc/systemd/system/*.wants /lib/systemd/system-generators /etc/systemd/system-generators
        : > /etc/fstab
        exec 3<&0
        (
          tries=0
          until systemctl is-active --quiet basic.target 2> /dev/null; do
            tries=$((tries + 1))
            [ $tries -lt 300 ]
            sleep 0.1
          done
          {{NamespaceShell.Ready}}
          set +e
          {{NamespaceShell.RunCommands}}
          systemctl exit --force
        ) <&3 &
        exec env -i container=other PATH="$PATH" /lib/systemd/systemd --system --unit=basic.target --log-target=null --show-status=no < /dev/null 3<&- > /dev/null 2>&1
        """;

    private readonly TempDirectory _folder;
    private readonly NamespaceShell _shell;

    private OwnMachine(TempDirectory folder, NamespaceShell shell) => (_folder, _shell) = (folder, shell);

    /// <summary>Ann's home as it is called outside; inside it is /home/ann.</summary>
    public string Home => _folder.File("home");

    /// <param name="withSystemd">Whether systemd runs in it.</param>
    /// <param name="prepare">Puts files into the home that will be Ann's.</param>
    /// <param name="cancellationToken">Ends the starting.</param>
    public static async Task<OwnMachine> StartAsync(bool withSystemd, Action<string> prepare, CancellationToken cancellationToken)
    {
        var folder = new TempDirectory();
        try
        {
            Directory.CreateDirectory(folder.File("disk"));
            prepare(Directory.CreateDirectory(folder.File("home")).FullName);
            var dotnet = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
            return new OwnMachine(folder, await NamespaceShell.StartAsync(Build, cancellationToken, folder.Path, dotnet, withSystemd ? WithSystemd : WithoutSystemd));
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Runs one line of shell as root.</summary>
    public Task<(int ExitCode, string Output)> RunAsync(string command, CancellationToken cancellationToken) => _shell.RunAsync(command, cancellationToken);

    /// <summary>Runs one line of shell as root, that must not fail.</summary>
    /// <returns>Its output, without the line's end.</returns>
    public Task<string> DoAsync(string command, CancellationToken cancellationToken) => _shell.DoAsync(command, cancellationToken);

    /// <summary>Runs a command as Ann, in her home.</summary>
    /// <inheritdoc cref="DoAsync"/>
    public Task<string> DoAsAnnAsync(string command, CancellationToken cancellationToken) =>
        DoAsync($"cd /home/ann && runuser -u ann -- env HOME=/home/ann USER=ann {command}", cancellationToken);

    /// <summary>A property of a unit.</summary>
    public Task<string> ShowAsync(string unit, string property, CancellationToken cancellationToken) => DoAsync($"systemctl show --value --property={property} {unit}", cancellationToken);

    /// <summary>The files and folders that an installer could leave behind.</summary>
    public async Task<IReadOnlyList<string>> FilesAsync(CancellationToken cancellationToken) =>
        (await DoAsync("find /etc /usr/bin /usr/lib/systemd /usr/lib/tracker /usr/local /usr/share/doc/tracker /var/lib /opt -xdev -not -path '/var/lib/dpkg/*' -not -path '/etc/*-' -not -path /var/lib/systemd/timers 2> /dev/null; true", cancellationToken)).Split('\n');

    public async ValueTask DisposeAsync()
    {
        await _shell.DisposeAsync();
        _folder.Dispose();
    }
}
