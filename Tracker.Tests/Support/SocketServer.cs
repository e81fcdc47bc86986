using System.Net;
using System.Net.Sockets;

namespace Tracker.Tests.Support;

/// <summary>Answers connections one after the other, byte by byte, where an HTTP server would tidy up.</summary>
internal sealed class SocketServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _serving;

    /// <param name="answer">Reads and answers one connection, which is closed afterwards.</param>
    public SocketServer(Func<Socket, CancellationToken, Task> answer)
    {
        _listener.Start();
        _serving = ServeAsync(answer);
    }

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _serving;
        _listener.Dispose();
        _stopping.Dispose();
    }

    private async Task ServeAsync(Func<Socket, CancellationToken, Task> answer)
    {
        try
        {
            while (true)
            {
                using var connection = await _listener.AcceptSocketAsync(_stopping.Token);
                await answer(connection, _stopping.Token);
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
        }
    }
}
