using System.Net.Sockets;
using System.Text;

namespace Tracker.Tests.Support;

/// <summary>Sends bytes and reads what comes back until the connection closes, where an HTTP library would tidy them up.</summary>
internal static class RawClient
{
    public static async Task<string> SendAsync(Uri address, string request, CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(address.Host, address.Port, cancellationToken);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request), cancellationToken);
        using var answer = new MemoryStream();
        await stream.CopyToAsync(answer, cancellationToken);
        return Encoding.Latin1.GetString(answer.ToArray());
    }
}
