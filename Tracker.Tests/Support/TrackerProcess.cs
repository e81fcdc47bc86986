using System.Collections.Concurrent;
using System.Diagnostics;

namespace Tracker.Tests.Support;

/// <summary>One of Tracker's programs as a real process, with a home directory of its own and its output collected.</summary>
internal sealed class TrackerProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();
    private readonly ConcurrentQueue<string> _errors = new();
    private readonly Task _reading;
    private readonly SemaphoreSlim _newLine = new(0);
    private readonly TaskCompletionSource _isOver = new();
    private volatile bool _readsNothing;

    private TrackerProcess(Process process)
    {
        _process = process;
        _reading = Task.WhenAll(ReadAsync(process.StandardOutput, _output), ReadAsync(process.StandardError, _errors));
    }

    public int Id => _process.Id;

    public string Output => string.Join('\n', _output);

    public string Errors => string.Join('\n', _errors);

    /// <param name="program"><c>tracker-proxy</c> or <c>tracker-importer</c>, or the path of a program that needs no .NET.</param>
    /// <param name="home">The process's home directory.</param>
    /// <param name="arguments">Its command line.</param>
    /// <param name="environment">Variables besides HOME.</param>
    /// <param name="under">A command that becomes the program.</param>
    public static TrackerProcess Start(
        string program, string home, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, IReadOnlyList<string>? under = null)
    {
        var dotnet = Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet";
        // A release has the importer as native code: with this, the tests of its process are those of the program that people get (.ci/run).
        program = program == "tracker-importer" && Environment.GetEnvironmentVariable("TRACKER_TEST_IMPORTER") is { Length: > 0 } native ? native : program;
        string[] self = Path.IsPathRooted(program) ? [program] : [dotnet, PathOf(program)];
        string[] command = [.. under ?? [], .. self, .. arguments];
        var start = new ProcessStartInfo(command[0])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = home,
        };
        foreach (var argument in command.Skip(1))
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var name in start.Environment.Keys.Where(IsOfThisMachine).ToList())
        {
            start.Environment.Remove(name);
        }

        (start.Environment["HOME"], start.Environment["USERPROFILE"], start.Environment["LOCALAPPDATA"], start.Environment["APPDATA"]) = (home, home, home, home);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        return new TrackerProcess(Process.Start(start)!);
    }

    /// <summary>Where the build has put a program: in its own project, with exactly what it ships with.</summary>
    public static string PathOf(string program)
    {
        var output = new DirectoryInfo(AppContext.BaseDirectory); // <repository>/Tracker.Tests/bin/<configuration>/<framework>
        var project = program == "tracker-proxy" ? "Tracker.Proxy" : "Tracker.Importer";
        return Path.Combine(output.Parent!.Parent!.Parent!.Parent!.FullName, project, "bin", output.Parent.Name, output.Name, program + ".dll");
    }

    /// <summary>Waits for a line on standard output.</summary>
    public Task<string> WaitForLineAsync(Func<string, bool> isWanted, CancellationToken cancellationToken) => WaitForLineAsync(_output, isWanted, cancellationToken);

    /// <summary>Waits for a line on standard error.</summary>
    public Task<string> WaitForErrorAsync(Func<string, bool> isWanted, CancellationToken cancellationToken) => WaitForLineAsync(_errors, isWanted, cancellationToken);

    /// <summary>Waits for the end, and for the last of the output.</summary>
    public async Task<int> WaitForExitAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken);
        await _reading.WaitAsync(cancellationToken);
        return _process.ExitCode;
    }

    /// <summary>Reads nothing more of what it prints, as a terminal that was stopped.</summary>
    public void StopReading() => _readsNothing = true;

    /// <summary>SIGKILL.</summary>
    public void Kill() => _process.Kill();

    /// <summary>SIGTERM, as a service manager sends it.</summary>
    public void Terminate() => Signals.Terminate(_process.Id);

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _isOver.SetResult();
        await _reading;
        _process.Dispose();
        _newLine.Dispose();
    }

    // What would let the machine's own settings into a test.
    private static bool IsOfThisMachine(string name) =>
        name.StartsWith("XDG_", StringComparison.Ordinal) || name.StartsWith("TRACKER_", StringComparison.Ordinal) || name.StartsWith("CLAUDE_", StringComparison.Ordinal)
        || name.EndsWith("_PROXY", StringComparison.OrdinalIgnoreCase) || name is "INVOCATION_ID" or "NOTIFY_SOCKET" or "JOURNAL_STREAM";

    private async Task<string> WaitForLineAsync(ConcurrentQueue<string> lines, Func<string, bool> isWanted, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (lines.FirstOrDefault(isWanted) is { } line)
            {
                return line;
            }

            if (_process.HasExited && _reading.IsCompleted)
            {
                throw new InvalidOperationException($"The process ended with {_process.ExitCode}.\n{Output}\n{Errors}");
            }

            await _newLine.WaitAsync(cancellationToken);
        }
    }

    private async Task ReadAsync(StreamReader reader, ConcurrentQueue<string> lines)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            lines.Enqueue(line);
            _newLine.Release();
            if (_readsNothing)
            {
                await _isOver.Task;
            }
        }

        _newLine.Release();
    }
}
