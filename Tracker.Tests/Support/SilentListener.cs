using System.Net;
using System.Net.Sockets;

namespace Tracker.Tests.Support;

/// <summary>An address at which connecting is neither accepted nor refused, as where a firewall drops what comes: Linux drops it when as many as may are waiting to be accepted.</summary>
internal sealed class SilentListener : IDisposable
{
    private readonly List<Socket> _sockets = [];

    public SilentListener(IPEndPoint address)
    {
        var listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        _sockets.Add(listener);
        listener.Bind(address);
        listener.Listen(0);
        for (var i = 0; i < 4; i++)
        {
            var waiting = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
            _sockets.Add(waiting);
            try
            {
                waiting.Connect(listener.LocalEndPoint!);
            }
            catch (SocketException exception) when (exception.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
            {
                // Waits, as it is to do.
            }
        }
    }

    public int Port => ((IPEndPoint)_sockets[0].LocalEndPoint!).Port;

    public void Dispose() => _sockets.ForEach(socket => socket.Dispose());
}
