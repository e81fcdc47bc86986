using System.ComponentModel;
using System.Diagnostics;

namespace Tracker.Proxy.Doctor;

/// <summary>A command of the operating system that is asked something.</summary>
internal static class OtherCommand
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    /// <returns>Its exit code and standard output; null when there is no such command, or it does not end.</returns>
    public static async Task<(int ExitCode, string Text)?> RunAsync(string command, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Longest);
        try
        {
            using var process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true })!;
            try
            {
                var errors = process.StandardError.ReadToEndAsync(patience.Token);
                var text = await process.StandardOutput.ReadToEndAsync(patience.Token);
                await errors;
                await process.WaitForExitAsync(patience.Token);
                return (process.ExitCode, text);
            }
            finally
            {
                if (!process.HasExited)
                {
                    process.Kill();
                }
            }
        }
        catch (Win32Exception)
        {
            return null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }
}
