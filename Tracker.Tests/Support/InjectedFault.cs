using System.Diagnostics;

namespace Tracker.Tests.Support;

/// <summary>Lets a system call of a running process on certain files fail or dawdle, until it is disposed. Needs strace; without it the test is skipped.</summary>
internal sealed class InjectedFault : IAsyncDisposable
{
    private readonly Process _strace;

    private InjectedFault(Process strace) => _strace = strace;

    /// <param name="processId">The process, with all its threads.</param>
    /// <param name="call">Such as <c>pwrite64</c>.</param>
    /// <param name="fault">Such as <c>error=EIO</c> or <c>delay_enter=300000</c> (in microseconds).</param>
    /// <param name="cancellationToken">Ends the wait for strace.</param>
    /// <param name="paths">The files.</param>
    public static async Task<InjectedFault> StartAsync(int processId, string call, string fault, CancellationToken cancellationToken, params string[] paths)
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess || !File.Exists("/usr/bin/strace"))
        {
            Assert.Ignore("strace is not installed, or this is not root on Linux.");
        }

        var strace = new Process
        {
            StartInfo = new ProcessStartInfo("strace", ["-f", "-p", $"{processId}", "-e", $"trace={call}", "-e", $"inject={call}:{fault}", "-o", "/dev/null", .. paths.SelectMany(path => new[] { "-P", path })])
            {
                RedirectStandardError = true,
            },
        };
        strace.Start();
        while (await strace.StandardError.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.Contains("attached", StringComparison.Ordinal))
            {
                _ = strace.StandardError.ReadToEndAsync(CancellationToken.None);
                return new InjectedFault(strace);
            }
        }

        throw new InvalidOperationException("strace could not attach.");
    }

    public async ValueTask DisposeAsync()
    {
        using (var interrupt = Process.Start("kill", ["-INT", $"{_strace.Id}"]))
        {
            await interrupt.WaitForExitAsync();
        }

        await _strace.WaitForExitAsync();
        _strace.Dispose();
    }
}
