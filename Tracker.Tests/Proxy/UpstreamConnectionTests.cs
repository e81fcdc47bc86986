using System.Net;
using System.Net.Sockets;
using Tracker.Proxy.Forwarding;
using Tracker.Tests.Support;

namespace Tracker.Tests.Proxy;

public sealed class UpstreamConnectionTests
{
    private static readonly IPAddress V4 = IPAddress.Parse("192.0.2.1");
    private static readonly IPAddress OtherV4 = IPAddress.Parse("192.0.2.2");
    private static readonly IPAddress V6 = IPAddress.Parse("2001:db8::1");
    private static readonly IPAddress OtherV6 = IPAddress.Parse("2001:db8::2");

    [Test]
    public void Families_take_turns_beginning_with_the_systems_first()
    {
        Assert.That(UpstreamConnection.InTurns([V6, OtherV6, V4, OtherV4]), Is.EqualTo((IPAddress[])[V6, V4, OtherV6, OtherV4]));
        Assert.That(UpstreamConnection.InTurns([V4, V6, OtherV6]), Is.EqualTo((IPAddress[])[V4, V6, OtherV6]));
        Assert.That(UpstreamConnection.InTurns([V4, OtherV4]), Is.EqualTo((IPAddress[])[V4, OtherV4]));
        Assert.That(UpstreamConnection.InTurns([]), Is.Empty);
    }

    [Test, CancelAfter(60_000)]
    public async Task An_address_that_is_silent_does_not_keep_the_next_one_waiting(CancellationToken cancellationToken)
    {
        using var answering = Listener(out var port);
        using var silent = Silent(port);

        using var socket = await UpstreamConnection.ConnectAsync([IPAddress.Parse("127.0.0.2"), IPAddress.Loopback], port, cancellationToken);

        Assert.That((((IPEndPoint)socket.RemoteEndPoint!).Address.MapToIPv4(), socket.NoDelay), Is.EqualTo((IPAddress.Loopback, true)));
    }

    [Test, CancelAfter(60_000)]
    public async Task An_address_that_refuses_is_followed_by_the_next_at_once(CancellationToken cancellationToken)
    {
        OnlyOnLinux();
        using var answering = Listener(out var port);

        // So many that 250 ms each would be too long.
        using var socket = await UpstreamConnection.ConnectAsync([.. Enumerable.Repeat(IPAddress.Parse("127.0.0.3"), 500), IPAddress.Loopback], port, cancellationToken);

        Assert.That(((IPEndPoint)socket.RemoteEndPoint!).Address.MapToIPv4(), Is.EqualTo(IPAddress.Loopback));
    }

    [Test, CancelAfter(60_000)]
    public void Where_none_answers_the_last_ones_fault_is_told(CancellationToken cancellationToken)
    {
        int port;
        using (Listener(out port))
        {
        }

        Assert.That(
            async () => await UpstreamConnection.ConnectAsync([IPAddress.Loopback, IPAddress.Loopback], port, cancellationToken),
            Throws.InstanceOf<SocketException>().With.Property("SocketErrorCode").EqualTo(SocketError.ConnectionRefused));
        Assert.That(
            async () => await UpstreamConnection.ConnectAsync([], port, cancellationToken),
            Throws.InstanceOf<SocketException>().With.Property("SocketErrorCode").EqualTo(SocketError.HostNotFound));
    }

    [Test, CancelAfter(60_000)]
    public async Task The_last_one_that_refuses_leaves_the_others_their_time(CancellationToken cancellationToken)
    {
        using var answering = Listener(out var port);
        using var silent = Silent(port);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(1));

        Assert.That(
            async () => await UpstreamConnection.ConnectAsync([IPAddress.Parse("127.0.0.2"), IPAddress.Parse("127.0.0.3")], port, patience.Token),
            Throws.InstanceOf<OperationCanceledException>());
    }

    // HttpClient tells its own time limit from a fault of the connection by the token.
    [Test, CancelAfter(60_000)]
    public async Task Who_gives_up_is_told_so(CancellationToken cancellationToken)
    {
        using var answering = Listener(out var port);
        using var silent = Silent(port);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);

        var connecting = UpstreamConnection.ConnectAsync([IPAddress.Parse("127.0.0.2")], port, patience.Token);
        await patience.CancelAsync();

        Assert.That(async () => await connecting, Throws.InstanceOf<OperationCanceledException>().With.Property("CancellationToken").EqualTo(patience.Token));
    }

    private static TcpListener Listener(out int port)
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        port = ((IPEndPoint)listener.LocalEndpoint).Port;
        return listener;
    }

    private static SilentListener Silent(int port)
    {
        OnlyOnLinux();
        return new SilentListener(new IPEndPoint(IPAddress.Parse("127.0.0.2"), port));
    }

    private static void OnlyOnLinux()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Ignore("Only Linux has all of 127.0.0.0/8 and drops what cannot wait.");
        }
    }
}
