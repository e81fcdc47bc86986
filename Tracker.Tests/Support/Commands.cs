using System.ComponentModel;
using System.Diagnostics;

namespace Tracker.Tests.Support;

/// <summary>Programs of the machine.</summary>
internal static class Commands
{
    /// <summary>Whether a command is there and ends with 0.</summary>
    public static bool CanRun(string[] command)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
