using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;

namespace Tracker.Tests.Support;

/// <summary>An upstream that shows requests and gives answers byte by byte, where an HTTP library would tidy them up.</summary>
internal sealed class RawUpstream : IAsyncDisposable
{
    private readonly byte[] _answer;
    private readonly Channel<string> _requests = Channel.CreateUnbounded<string>();
    private readonly SocketServer _server;

    public RawUpstream(string answer)
    {
        _answer = Encoding.Latin1.GetBytes(answer);
        _server = new SocketServer(AnswerAsync);
    }

    public Uri Address => _server.Address;

    /// <summary>The next request's head, as Latin-1.</summary>
    public ValueTask<string> NextHeadAsync(CancellationToken cancellationToken) => _requests.Reader.ReadAsync(cancellationToken);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task AnswerAsync(Socket connection, CancellationToken cancellationToken)
    {
        var request = new StringBuilder();
        var buffer = new byte[4096];
        while (!request.ToString().Contains("\r\n\r\n", StringComparison.Ordinal))
        {
            var count = await connection.ReceiveAsync(buffer, cancellationToken);
            if (count == 0)
            {
                break;
            }

            request.Append(Encoding.Latin1.GetString(buffer, 0, count));
        }

        var text = request.ToString();
        await _requests.Writer.WriteAsync(text[..(text.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 2)], cancellationToken);
        await connection.SendAsync(_answer, cancellationToken);
        connection.Shutdown(SocketShutdown.Send);
    }
}
