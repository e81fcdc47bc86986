using System.Diagnostics;

namespace Tracker.Tests.Deploy;

/// <summary>A home directory in which stand-ins for the programs are published where the install script puts them.</summary>
internal sealed class FakeHome : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tracker-deploy-");

    public FakeHome()
    {
        // systemd keeps run-time files there and does not create it; launchd's log folder is there on every Mac.
        _folder.CreateSubdirectory("run");
        _folder.CreateSubdirectory("Library/Logs");
    }

    public string Path => _folder.FullName;

    public string PathOf(string relativePath) => System.IO.Path.Combine(_folder.FullName, relativePath);

    /// <summary>Puts an executable shell script at <c>.local/lib/tracker/proxy/tracker-proxy</c> or the importer's place.</summary>
    public void Publish(string name, string script)
    {
        var folder = _folder.CreateSubdirectory($".local/lib/tracker/{name}");
        var program = System.IO.Path.Combine(folder.FullName, $"tracker-{name}");
        File.WriteAllText(program, $"#!/bin/sh\n{script}\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    /// <summary>Runs a program with this home and nothing else of the environment but PATH.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">The program is not installed.</exception>
    public async Task<(int ExitCode, string Output)> RunAsync(string program, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Path };
        start.Environment.Clear();
        start.Environment["PATH"] = Environment.GetEnvironmentVariable("PATH");
        start.Environment["HOME"] = Path;
        start.Environment["XDG_RUNTIME_DIR"] = PathOf("run");
        using var process = Process.Start(start)!;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            var error = process.StandardError.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return (process.ExitCode, await output + await error);
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
