using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;

namespace Tracker.Tests.Support;

/// <summary>An upstream that shows requests and gives answers byte by byte, where an HTTP library would tidy them up.</summary>
internal sealed class RawUpstream : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly byte[] _answer;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Channel<string> _requests = Channel.CreateUnbounded<string>();
    private readonly Task _serving;

    public RawUpstream(string answer)
    {
        _answer = Encoding.Latin1.GetBytes(answer);
        _listener.Start();
        _serving = ServeAsync();
    }

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    /// <summary>The next request's head, as Latin-1.</summary>
    public ValueTask<string> NextHeadAsync(CancellationToken cancellationToken) => _requests.Reader.ReadAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _serving;
        _listener.Dispose();
        _stopping.Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                using var connection = await _listener.AcceptSocketAsync(_stopping.Token);
                var request = new StringBuilder();
                var buffer = new byte[4096];
                while (!request.ToString().Contains("\r\n\r\n", StringComparison.Ordinal))
                {
                    var count = await connection.ReceiveAsync(buffer, _stopping.Token);
                    if (count == 0)
                    {
                        break;
                    }

                    request.Append(Encoding.Latin1.GetString(buffer, 0, count));
                }

                var text = request.ToString();
                await _requests.Writer.WriteAsync(text[..(text.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 2)], _stopping.Token);
                await connection.SendAsync(_answer, _stopping.Token);
                connection.Shutdown(SocketShutdown.Send);
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
        }
    }
}
