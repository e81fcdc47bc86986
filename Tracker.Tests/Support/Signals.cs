using System.Runtime.InteropServices;

namespace Tracker.Tests.Support;

/// <summary>Signals as a service manager sends them, without the time that starting <c>kill</c> takes.</summary>
internal static partial class Signals
{
    private const int Term = 15;

    /// <summary>SIGTERM. A process that has ended by itself gets none.</summary>
    public static void Terminate(int process) => _ = Kill(process, Term);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
