using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Tracker.Tests.Support;

/// <summary>
/// A tracker-proxy on a port that <c>systemd-socket-activate</c> has opened and that stays open. It starts with the first connection, and again each time it has ended, as
/// systemd does with a <c>.socket</c> unit. A shell in between holds the socket.
/// </summary>
internal sealed class ActivatedProxy : IAsyncDisposable
{
    // LISTEN_PID names the process that the descriptor is for: the one that the inner shell becomes.
    private const string Supervisor = """
        while [ ! -e stop ]; do
          sh -c 'LISTEN_PID=$$; export LISTEN_PID; echo "pid $$"; exec "$@"' sh "$@"
          echo "ended $?"
        done
        """;

    private readonly Process _process;
    private readonly string _folder;
    private readonly ConcurrentQueue<string> _output = new();
    private readonly SemaphoreSlim _newLine = new(0);
    private readonly Task _reading;

    private ActivatedProxy(Process process, string folder, Uri address)
    {
        (_process, _folder, Address) = (process, folder, address);
        _reading = Task.WhenAll(ReadAsync(process.StandardOutput), ReadAsync(process.StandardError));
    }

    public Uri Address { get; }

    public string Output => string.Join('\n', _output);

    /// <summary>Exit codes of the proxies that have ended.</summary>
    public IEnumerable<string> Ends => _output.Where(line => line.StartsWith("ended ", StringComparison.Ordinal));

    /// <param name="folder">Holds the database and is the process's home.</param>
    /// <param name="upstream">Anthropic's address.</param>
    /// <param name="cancellationToken">Ends the wait for the port.</param>
    /// <param name="settings">More settings, as <c>Key=value</c>.</param>
    public static async Task<ActivatedProxy> StartAsync(string folder, Uri upstream, CancellationToken cancellationToken, params string[] settings)
    {
        while (true)
        {
            var address = new Uri($"http://127.0.0.1:{FreePort.Find()}");
            string[] command =
            [
                "-l", address.Authority, "-E", $"HOME={folder}", "-E", "DOTNET_CLI_TELEMETRY_OPTOUT=1", "sh", "-c", Supervisor, "sh", "dotnet", TrackerProcess.PathOf("tracker-proxy"),
                $"--Storage:DatabasePath={Path.Combine(folder, "tracker.db")}", $"--Proxy:Providers:anthropic:BaseAddress={upstream.GetLeftPart(UriPartial.Path).TrimEnd('/')}",
                .. settings.Select(setting => "--" + setting),
            ];
            var proxy = new ActivatedProxy(Start(command, folder), folder, address);
            if (await proxy.IsListeningAsync(cancellationToken))
            {
                return proxy;
            }

            await proxy.DisposeAsync(); // Somebody took the port in between.
        }
    }

    /// <summary>SIGTERM to the proxy of this moment.</summary>
    public void Terminate() => Signals.Terminate(int.Parse(_output.Last(line => line.StartsWith("pid ", StringComparison.Ordinal))[4..], CultureInfo.InvariantCulture));

    /// <summary>SIGTERM, and no proxy after this one.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "stop"), "", cancellationToken);
        Terminate();
        await _process.WaitForExitAsync(cancellationToken);
        await _reading.WaitAsync(cancellationToken);
    }

    /// <summary>Waits until so many lines of the output contain a text.</summary>
    public async Task WaitForLinesAsync(string text, int count, CancellationToken cancellationToken)
    {
        while (_output.Count(line => line.Contains(text, StringComparison.Ordinal)) < count)
        {
            Assert.That(_process.HasExited, Is.False, Output);
            await _newLine.WaitAsync(cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        await _reading;
        _process.Dispose();
        _newLine.Dispose();
    }

    private static Process Start(string[] command, string folder)
    {
        try
        {
            return Process.Start(new ProcessStartInfo("systemd-socket-activate", command) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder })!;
        }
        catch (Win32Exception)
        {
            Assert.Ignore("systemd-socket-activate is not installed here.");
            throw;
        }
    }

    private async Task<bool> IsListeningAsync(CancellationToken cancellationToken)
    {
        while (!_output.Any(line => line.StartsWith("Listening on", StringComparison.Ordinal)))
        {
            if (_process.HasExited && _reading.IsCompleted)
            {
                return false;
            }

            await _newLine.WaitAsync(cancellationToken);
        }

        return true;
    }

    private async Task ReadAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            _output.Enqueue(line);
            _newLine.Release();
        }

        _newLine.Release();
    }
}
