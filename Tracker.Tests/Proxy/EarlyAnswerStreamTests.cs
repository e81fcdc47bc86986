using System.Net;
using System.Net.Sockets;
using System.Text;
using Tracker.Proxy.Forwarding;

namespace Tracker.Tests.Proxy;

public sealed class EarlyAnswerStreamTests : IDisposable
{
    private const int UploadBytes = 24 * 1024 * 1024; // More than the buffers between two sockets hold.
    private const string Head = "POST / HTTP/1.1\r\nHost: x\r\n\r\n";

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Socket _near = new(SocketType.Stream, ProtocolType.Tcp);
    private Socket _far = null!;

    [SetUp]
    public async Task ConnectAsync()
    {
        _listener.Start();
        await _near.ConnectAsync(_listener.LocalEndpoint);
        _far = await _listener.AcceptSocketAsync();
    }

    public void Dispose()
    {
        _near.Dispose();
        _far?.Dispose();
        _listener.Dispose();
    }

    // As HttpClient looks whether a connection is still good that nobody has used for a while.
    [Test, CancelAfter(60_000)]
    public async Task Refusal_is_seen_by_a_read_that_began_while_the_connection_was_idle(CancellationToken cancellationToken)
    {
        await using var stream = new EarlyAnswerStream(new NetworkStream(_near));
        var ahead = stream.ReadAsync(Memory<byte>.Empty, cancellationToken);

        var upload = UploadAsync(stream, cancellationToken);
        await FarSaysAsync("HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig", cancellationToken);
        await upload;

        Assert.That(await ahead, Is.Zero);
        Assert.That(await ReadAsync(stream, "big", cancellationToken), Is.EqualTo("HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 3\r\n\r\nbig"));
    }

    [Test, CancelAfter(60_000)]
    public async Task Refusal_in_pieces_is_put_together(CancellationToken cancellationToken)
    {
        await using var stream = new EarlyAnswerStream(new NetworkStream(_near));

        var upload = UploadAsync(stream, cancellationToken);
        foreach (var letter in "HTTP/1.1 401 No\r\nContent-Length: 2\r\n\r\nno")
        {
            await FarSaysAsync(letter.ToString(), cancellationToken);
        }

        await upload;

        Assert.That(await ReadAsync(stream, "no", cancellationToken), Is.EqualTo("HTTP/1.1 401 No\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno"));
    }

    // As HttpClient does with Expect: 100-continue: it reads beside the writing, but waits for its end.
    [Test, CancelAfter(60_000)]
    public async Task Refusal_is_seen_after_the_client_was_told_to_go_on([Values] bool inPieces, [Values] bool isReset, [Values("", "HTTP/1.1 102 Processing\r\nX: y\r\n\r\n")] string more, CancellationToken cancellationToken)
    {
        _far.NoDelay = true;
        await using var stream = new EarlyAnswerStream(new NetworkStream(_near));
        var mayGoOn = new TaskCompletionSource();
        var upload = UploadAsync(stream, cancellationToken, mayGoOn.Task);
        foreach (var line in (string[])["HTTP/1.1 100 Continue\r\n", "\r\n"])
        {
            await FarSaysAsync(line, cancellationToken, inPieces);
            Assert.That(await ReadAsync(stream, "\n", cancellationToken), Is.EqualTo(line));
        }

        var answer = ReadAsync(stream, "big", cancellationToken);
        mayGoOn.SetResult();
        await FarSaysAsync(more + "HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig", cancellationToken, inPieces);
        Assert.That(await answer, Is.EqualTo(more + "HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 3\r\n\r\nbig"));
        if (isReset)
        {
            _far.Close(0);
        }

        await upload.WaitAsync(cancellationToken);
    }

    [Test, CancelAfter(60_000)]
    public async Task Refusal_that_comes_with_the_word_to_go_on_is_seen(CancellationToken cancellationToken)
    {
        await using var stream = new EarlyAnswerStream(new NetworkStream(_near));

        var upload = UploadAsync(stream, cancellationToken);
        await FarSaysAsync("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig", cancellationToken);
        await upload;

        Assert.That(await ReadAsync(stream, "big", cancellationToken), Is.EqualTo("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 3\r\n\r\nbig"));
    }

    [TestCase("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")]
    [TestCase("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")]
    [CancelAfter(60_000)]
    public async Task Upload_goes_on_to_its_end_beside_an_answer_that_is_no_refusal(string answer, CancellationToken cancellationToken)
    {
        await using var stream = new EarlyAnswerStream(new NetworkStream(_near));

        var upload = UploadAsync(stream, cancellationToken);
        await FarSaysAsync(answer, cancellationToken);
        var arrived = 0;
        var buffer = new byte[1024 * 1024];
        while (arrived < Head.Length + UploadBytes)
        {
            arrived += await _far.ReceiveAsync(buffer, cancellationToken);
        }

        await upload;
        Assert.That(await ReadAsync(stream, "ok", cancellationToken), Is.EqualTo(answer));
    }

    [Test, CancelAfter(60_000)]
    public async Task Connection_that_breaks_without_an_answer_is_told_as_it_is(CancellationToken cancellationToken)
    {
        await using var stream = new EarlyAnswerStream(new NetworkStream(_near));

        var upload = UploadAsync(stream, cancellationToken);
        _far.Close(0);

        Assert.That(async () => await upload, Throws.InstanceOf<IOException>());
    }

    // Large answers of small requests pass without a copy, and HttpClient's own reads are not disturbed.
    [Test, CancelAfter(60_000)]
    public async Task Upload_after_a_read_of_HttpClients_own_is_written_as_ever(CancellationToken cancellationToken)
    {
        await using var stream = new EarlyAnswerStream(new NetworkStream(_near));
        var own = ReadAsync(stream, "ok", cancellationToken);

        var upload = UploadAsync(stream, cancellationToken);
        await FarSaysAsync("HTTP/1.1 413 Too Large\r\n\r\nok", cancellationToken);

        Assert.That(await own, Is.EqualTo("HTTP/1.1 413 Too Large\r\n\r\nok"));
        _far.Close(0);
        Assert.That(async () => await upload, Throws.InstanceOf<IOException>());
    }

    private async Task FarSaysAsync(string text, CancellationToken cancellationToken, bool inPieces = false)
    {
        if (_far.Available == 0)
        {
            await _far.ReceiveAsync(Memory<byte>.Empty, cancellationToken); // The upload has begun.
        }

        foreach (var piece in Encoding.Latin1.GetBytes(text).Chunk(inPieces ? 1 : text.Length))
        {
            await _far.SendAsync(piece, cancellationToken);
        }
    }

    // In a flow of its own, as a request.
    private static async Task UploadAsync(EarlyAnswerStream stream, CancellationToken cancellationToken, Task? mayGoOn = null)
    {
        OutgoingHead.Begin(keepLinesApart: false, goWithBody: false, bodyLength: UploadBytes);
        await stream.WriteAsync(Encoding.Latin1.GetBytes(Head), cancellationToken);
        await (mayGoOn ?? Task.CompletedTask);
        var piece = new byte[64 * 1024];
        for (var written = 0; written < UploadBytes; written += piece.Length)
        {
            await stream.WriteAsync(piece, cancellationToken);
        }
    }

    private static async Task<string> ReadAsync(EarlyAnswerStream stream, string end, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        var buffer = new byte[16];
        while (!text.ToString().EndsWith(end, StringComparison.Ordinal))
        {
            var count = await stream.ReadAsync(buffer, cancellationToken).AsTask().WaitAsync(cancellationToken);
            Assert.That(count, Is.Positive);
            text.Append(Encoding.Latin1.GetString(buffer, 0, count));
        }

        return text.ToString();
    }
}
