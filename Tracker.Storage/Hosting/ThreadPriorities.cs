using System.Runtime.InteropServices;

namespace Tracker.Storage.Hosting;

/// <summary>Lets a thread stand back behind those that somebody waits for.</summary>
public static partial class ThreadPriorities
{
    private const int OfThread = 0; // PRIO_PROCESS, which on Linux is one thread: setpriority(2), "C library/kernel differences"
    private const int Nicer = 5; // About a third of the time that a thread of the usual 0 gets where they compete, and all of it where they do not.

    /// <summary>Lowers the calling thread's priority for good, so it should be a thread of its own. Where the system does not let it, nothing happens.</summary>
    public static void LowerOwn()
    {
        if (OperatingSystem.IsLinux())
        {
            _ = SetPriority(OfThread, 0, Nicer);
        }
        else if (OperatingSystem.IsWindows())
        {
            Thread.CurrentThread.Priority = ThreadPriority.BelowNormal; // Elsewhere it does nothing, or throws where a service may not set priorities.
        }
    }

    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, int who, int priority);
}
