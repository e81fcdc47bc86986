using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Tracker.Storage.Hosting;

namespace Tracker.Proxy.Listening;

/// <summary>
/// Listening sockets that a service manager has opened and passed on (sd_listen_fds(3); a <c>.socket</c> unit of systemd). They stay open while the proxy is restarted or
/// upgraded: clients that connect meanwhile wait for the next process instead of being refused.
/// </summary>
internal static class PassedSockets
{
    private const int First = 3;

    /// <summary>Descriptors; none when nobody has passed any to this process.</summary>
    public static IReadOnlyList<int> Descriptors { get; } = Find(
        Environment.GetEnvironmentVariable("LISTEN_PID"), Environment.GetEnvironmentVariable("LISTEN_FDS"), Environment.ProcessId);

    /// <summary>Where they listen, such as <c>127.0.0.1:8082</c>.</summary>
    /// <exception cref="SettingsException">One is no TCP port.</exception>
    public static IReadOnlyList<string> EndPoints => [.. Descriptors.Select(EndPointOf)];

    /// <summary>The variables are for one process; its children inherit them as well.</summary>
    internal static IReadOnlyList<int> Find(string? processId, string? count, int ownId) =>
        processId == ownId.ToString(CultureInfo.InvariantCulture) && int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? [.. Enumerable.Range(First, number)]
            : [];

    private static string EndPointOf(int descriptor)
    {
        using var socket = new Socket(new SafeSocketHandle(descriptor, ownsHandle: false));
        return socket is { SocketType: SocketType.Stream, LocalEndPoint: IPEndPoint address }
            ? address.ToString()
            : throw new SettingsException("The service manager has passed a socket to Tracker that is no TCP port: ListenStream= must be an address and a port, such as 127.0.0.1:8082.");
    }
}
