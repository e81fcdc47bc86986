using System.Diagnostics;
using Tracker.Tests.Support;

namespace Tracker.Tests.EndToEnd.RealClients;

/// <summary>
/// A home and a project for one client, in a folder of their own. A client that is run here has an environment of nothing but what is named: no key,
/// setting or folder of the user's. What is not for this machine goes to a proxy that is not there.
/// </summary>
internal sealed class ClientHome : IAsyncDisposable
{
    // Port 9 is "discard" (RFC 863), which nobody serves any more.
    private const string Nowhere = "http://127.0.0.1:9";

    private readonly RealClient _client;
    private readonly string _commands = InstalledClients.Commands;
    private readonly TempDirectory _folder = new();

    public ClientHome(RealClient client)
    {
        _client = client;
        Path = _folder.File("home");
        Project = Directory.CreateDirectory(System.IO.Path.Combine(Path, "project")).FullName;
        Directory.CreateDirectory(Temporary);
        File.WriteAllText(System.IO.Path.Combine(Project, "notes.txt"), "These are the notes.\n");
    }

    public string Path { get; }

    /// <summary>The client's working directory.</summary>
    public string Project { get; }

    private string Temporary => _folder.File("tmp");

    /// <summary>Runs the client for one turn: to its end, or until it is cancelled, which kills it.</summary>
    public async Task<ClientResult> RunAsync(ClientTurn turn, Uri proxy, CancellationToken cancellationToken)
    {
        _client.Configure(Path, proxy);
        using var process = Process.Start(StartOf(turn, proxy))!;
        process.StandardInput.Close();
        var output = Task.WhenAll(process.StandardOutput.ReadToEndAsync(CancellationToken.None), process.StandardError.ReadToEndAsync(CancellationToken.None));
        try
        {
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
            await EndProcessesAsync();
            return new ClientResult(turn, null, string.Join('\n', await output));
        }

        // Who inherited the output may outlive the client.
        await EndProcessesAsync();
        return new ClientResult(turn, process.ExitCode, string.Join('\n', await output.WaitAsync(cancellationToken)));
    }

    /// <summary>Ends what a client has left in the background.</summary>
    public async ValueTask DisposeAsync()
    {
        await EndProcessesAsync();
        _folder.Dispose();
    }

    private ProcessStartInfo StartOf(ClientTurn turn, Uri proxy)
    {
        var start = new ProcessStartInfo(System.IO.Path.Combine(_commands, _client.Program), _client.Arguments(turn))
        {
            WorkingDirectory = Project,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        (string Name, string Value)[] own =
        [
            ("HOME", Path), ("USER", "dev"), ("LOGNAME", "dev"), ("SHELL", "/bin/sh"), ("LANG", "C.UTF-8"), ("TZ", "UTC"), ("TERM", "dumb"), ("TMPDIR", Temporary),
            ("PATH", $"{_commands}:{Environment.GetEnvironmentVariable("PATH")}"),
            ("NO_COLOR", "1"), ("DO_NOT_TRACK", "1"), ("CI", "1"),
        ];
        (string Name, string Value)[] proxies =
        [
            ("HTTP_PROXY", Nowhere), ("HTTPS_PROXY", Nowhere), ("http_proxy", Nowhere), ("https_proxy", Nowhere), ("NO_PROXY", "127.0.0.1,localhost"), ("no_proxy", "127.0.0.1,localhost"),
        ];
        foreach (var (name, value) in own.Concat(_client.KnowsNoProxy ? proxies : []).Concat(_client.Environment(turn, proxy)))
        {
            start.Environment[name] = value;
        }

        return start;
    }

    /// <summary>Those whose home this is; they are known by it alone, because the client that started them may have ended.</summary>
    private async Task EndProcessesAsync()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        while (await EndThoseOfNowAsync())
        {
            // One of them may have started another meanwhile.
        }
    }

    /// <returns>Whether there were any.</returns>
    private async Task<bool> EndThoseOfNowAsync()
    {
        var found = false;
        foreach (var process in Process.GetProcesses())
        {
            using (process)
            {
                if (!IsAtHome(process.Id))
                {
                    continue;
                }

                found = true;
                try
                {
                    process.Kill();
                    await process.WaitForExitAsync(CancellationToken.None);
                }
                catch (InvalidOperationException)
                {
                    // It has ended by itself.
                }
            }
        }

        return found;
    }

    private bool IsAtHome(int id)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/environ").Split('\0').Contains($"HOME={Path}");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false; // It has ended, or is another user's.
        }
    }
}
