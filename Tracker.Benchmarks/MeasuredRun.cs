using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Tracker.Benchmarks;

/// <summary>What one run of a program took, from its start to its end.</summary>
/// <param name="Seconds">By the clock.</param>
/// <param name="CpuSeconds">Processor time of it and of what it started; NaN where the system does not tell (Windows).</param>
/// <param name="PeakMegabytes">The most memory it held; NaN where there is no <c>/proc</c>.</param>
/// <param name="Output">What it printed.</param>
internal sealed partial record MeasuredRun(double Seconds, double CpuSeconds, double PeakMegabytes, string Output)
{
    private const int Children = -1; // RUSAGE_CHILDREN, getrusage(2)

    /// <param name="program">The program.</param>
    /// <param name="arguments">Its command line.</param>
    /// <param name="environment">Variables of its own.</param>
    /// <param name="killAfter">Kills it so long after its start.</param>
    public static MeasuredRun Of(string program, IEnumerable<string> arguments, IEnumerable<(string Name, string Value)> environment, TimeSpan? killAfter = null)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var cpu = CpuOfChildren();
        var started = Stopwatch.GetTimestamp();
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        var peak = 0.0;
        while (!process.WaitForExit(2))
        {
            peak = Math.Max(peak, PeakOf(process.Id));
            if (Stopwatch.GetElapsedTime(started) > killAfter)
            {
                process.Kill(entireProcessTree: true);
            }
        }

        process.WaitForExit();
        var elapsed = Stopwatch.GetElapsedTime(started).TotalSeconds;
        return process.ExitCode == 0 || killAfter is not null
            ? new MeasuredRun(elapsed, CpuOfChildren() - cpu, peak == 0 ? double.NaN : peak, output.Result)
            : throw new InvalidOperationException($"{program} ended with {process.ExitCode}: {errors.Result}");
    }

    private static double PeakOf(int process)
    {
        try
        {
            var line = File.ReadLines($"/proc/{process}/status").FirstOrDefault(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
            return line is null ? 0 : double.Parse(line["VmHWM:".Length..^"kB".Length], CultureInfo.InvariantCulture) * 1024 / 1e6;
        }
        catch (IOException)
        {
            return 0; // It has ended.
        }
    }

    private static double CpuOfChildren()
    {
        if (!OperatingSystem.IsLinux())
        {
            return double.NaN;
        }

        Span<long> usage = stackalloc long[18];
        _ = GetUsage(Children, usage);
        return usage[0] + usage[2] + ((usage[1] + usage[3]) / 1e6); // Seconds and microseconds, of the user's and of the system's.
    }

    [LibraryImport("libc", EntryPoint = "getrusage")]
    private static partial int GetUsage(int who, Span<long> usage);
}
