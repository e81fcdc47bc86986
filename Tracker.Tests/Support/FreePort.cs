using System.Net;
using System.Net.Sockets;

namespace Tracker.Tests.Support;

/// <summary>A port for something that is told it now and opens it later: below those that systems give to whoever asks for any, so that no other test gets it meanwhile.</summary>
internal static class FreePort
{
    public static int Find()
    {
        while (true)
        {
            var port = Random.Shared.Next(20_000, 32_000);
            using var listener = new TcpListener(IPAddress.Loopback, port);
            try
            {
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Somebody has it.
            }
        }
    }
}
