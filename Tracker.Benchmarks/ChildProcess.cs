using System.Diagnostics;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;

namespace Tracker.Benchmarks;

/// <summary>A program of the benchmark in a process of its own. Ours print their address and end when their standard input does.</summary>
internal sealed partial class ChildProcess : IDisposable
{
    private readonly Process _process;
    private int _isDisposed;

    public ChildProcess(Process process, string address) => (_process, Address) = (process, address);

    public string Address { get; }

    /// <summary>Processor time used so far, with that of the processes it has started (nginx's workers).</summary>
    public TimeSpan ProcessorTime => OfTree(process => process.TotalProcessorTime).Aggregate(TimeSpan.Zero, (sum, time) => sum + time);

    /// <summary>Memory held now, in bytes.</summary>
    public long WorkingSet => OfTree(process => process.WorkingSet64).Sum();

    /// <summary>Starts a .NET program that lies beside this one.</summary>
    /// <param name="assembly">Its file.</param>
    /// <param name="runtimeSettings">Whose runtime settings it takes; null: its own.</param>
    /// <param name="arguments">Its command line.</param>
    public static ChildProcess Start(string assembly, string? runtimeSettings, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardInput = true, RedirectStandardOutput = true };
        if (runtimeSettings is not null)
        {
            start.ArgumentList.Add("exec");
            start.ArgumentList.Add("--runtimeconfig");
            start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, runtimeSettings + ".runtimeconfig.json"));
        }

        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, assembly));
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var variable in SingleThreadedSockets.Variables)
        {
            start.Environment.Remove(variable);
        }

        var process = Process.Start(start)!;
        while (process.StandardOutput.ReadLine() is { } line)
        {
            if (AddressIn().Match(line) is { Success: true } match)
            {
                _ = process.StandardOutput.ReadToEndAsync();
                return new ChildProcess(process, match.Value);
            }
        }

        throw new InvalidOperationException($"{assembly} did not say where it listens.");
    }

    /// <summary>Runs a web application until the parent closes standard input.</summary>
    public static async Task ServeAsync(WebApplication application)
    {
        await application.StartAsync();
        await Console.Out.WriteLineAsync(application.Urls.First());
        await Console.In.ReadToEndAsync();
        await application.StopAsync();
    }

    /// <summary>Waits until it works on nothing any more: what it does afterwards (storing rows, collecting garbage) must not meet the next one.</summary>
    public void Settle()
    {
        for (var (quiet, tries) = (0, 0); quiet < 3 && tries < 200; tries++)
        {
            var before = ProcessorTime;
            Thread.Sleep(50);
            quiet = (ProcessorTime - before).TotalMilliseconds < 10 ? quiet + 1 : 0;
        }
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return;
        }

        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
    }

    private List<T> OfTree<T>(Func<Process, T> value)
    {
        _process.Refresh();
        var values = new List<T> { value(_process) };
        var children = $"/proc/{_process.Id}/task/{_process.Id}/children";
        foreach (var child in File.Exists(children) ? File.ReadAllText(children).Split(' ', StringSplitOptions.RemoveEmptyEntries) : [])
        {
            using var process = Process.GetProcessById(int.Parse(child));
            values.Add(value(process));
        }

        return values;
    }

    [GeneratedRegex(@"http://127\.0\.0\.1:\d+")]
    private static partial Regex AddressIn();
}
