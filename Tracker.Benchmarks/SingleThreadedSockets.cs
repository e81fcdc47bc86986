namespace Tracker.Benchmarks;

/// <summary>
/// For driver and upstream: sockets go on where their event arrives, on one thread, as in nginx. That costs a third of what the thread pool costs, so less
/// of the machine is theirs and more of a difference between the proxies is seen. The proxies themselves run as everybody runs them.
/// </summary>
internal static class SingleThreadedSockets
{
    public static readonly string[] Variables = ["DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "DOTNET_SYSTEM_NET_SOCKETS_THREAD_COUNT"];

    /// <summary>Before the first socket.</summary>
    public static void Use()
    {
        foreach (var variable in Variables)
        {
            Environment.SetEnvironmentVariable(variable, "1");
        }
    }
}
