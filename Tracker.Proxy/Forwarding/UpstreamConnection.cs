using System.Net;
using System.Net.Sockets;

namespace Tracker.Proxy.Forwarding;

/// <summary>
/// Connects to the first of a host's addresses that answers ("Happy Eyeballs", RFC 8305). SocketsHttpHandler alone tries one after the other, each for as long as Linux repeats a SYN, which is
/// longer than it may take: where IPv6 is broken and drops what is sent, IPv4 would never be tried (api.anthropic.com has both: anthropics/claude-code#20240, seen 2026-11). curl, browsers
/// and Node do the same, so the client would connect without us.
/// </summary>
internal static class UpstreamConnection
{
    /// <summary>How long an address is alone before the next one is tried beside it (RFC 8305, 5, recommends it).</summary>
    private static readonly TimeSpan HeadStart = TimeSpan.FromMilliseconds(250);

    /// <summary>For SocketsHttpHandler; the host is the upstream or the HTTP proxy to it.</summary>
    public static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var addresses = await Dns.GetHostAddressesAsync(context.DnsEndPoint.Host, cancellationToken);
        return new NetworkStream(await ConnectAsync(InTurns(addresses), context.DnsEndPoint.Port, cancellationToken), ownsSocket: true);
    }

    /// <summary>The addresses with their families taking turns, else in the order of the system, which knows what is near (RFC 6724).</summary>
    public static IReadOnlyList<IPAddress> InTurns(IReadOnlyList<IPAddress> addresses) =>
        [.. addresses.GroupBy(address => address.AddressFamily).SelectMany(family => family.Select((address, turn) => (address, turn))).OrderBy(pair => pair.turn).Select(pair => pair.address)];

    /// <exception cref="SocketException">None can be connected to; it is the last one's fault.</exception>
    public static async Task<Socket> ConnectAsync(IReadOnlyList<IPAddress> addresses, int port, CancellationToken cancellationToken)
    {
        if (addresses.Count == 0)
        {
            throw new SocketException((int)SocketError.HostNotFound);
        }

        using var others = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var attempts = new List<Task<Socket>>();
        try
        {
            for (var next = 0; ;)
            {
                if (next < addresses.Count)
                {
                    attempts.Add(ConnectAsync(addresses[next++], port, others.Token));
                }

                var isLast = next == addresses.Count;
                IEnumerable<Task> awaited = isLast ? attempts : [.. attempts, Task.Delay(HeadStart, TimeProvider.System, others.Token)];
                var ended = await Task.WhenAny(awaited);
                cancellationToken.ThrowIfCancellationRequested(); // With the token by which HttpClient tells its time limit from a fault.
                if (ended is Task<Socket> attempt)
                {
                    attempts.Remove(attempt);
                    if (attempt.IsCompletedSuccessfully || (isLast && attempts.Count == 0))
                    {
                        return await attempt;
                    }
                }
            }
        }
        finally
        {
            await others.CancelAsync();
            attempts.ForEach(attempt => _ = DropAsync(attempt));
        }
    }

    private static async Task<Socket> ConnectAsync(IPAddress address, int port, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address, port, cancellationToken);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task DropAsync(Task<Socket> attempt)
    {
        try
        {
            (await attempt).Dispose(); // Connected in the moment in which another one was.
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException)
        {
            // The others' fault is nobody's, once one is connected.
        }
    }
}
