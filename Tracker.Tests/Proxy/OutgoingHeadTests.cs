using System.Text;
using Tracker.Proxy.Forwarding;

namespace Tracker.Tests.Proxy;

public sealed class OutgoingHeadTests
{
    private const string Head = "POST /v1/messages HTTP/1.1\r\nHost: upstream\r\nContent-Length: 4\r\n\r\n";
    private const string Marked = "GET /v1/x HTTP/1.1\r\nanthropic-beta: one\u001fanthropic-beta: two\r\nHost: upstream\r\n\r\n";
    private const string Apart = "GET /v1/x HTTP/1.1\r\nanthropic-beta: one\r\nanthropic-beta: two\r\nHost: upstream\r\n\r\n";

    [Test]
    public async Task A_head_goes_with_the_beginning_of_a_body_that_is_there()
    {
        await using var connection = new RecordingStream();
        await using var upstream = new UpstreamConnectionStream(connection);
        OutgoingHead.Begin(keepLinesApart: false, goWithBody: true);

        await WriteAsync(upstream, Head);
        Assert.That(connection.Writes, Is.Empty);

        await WriteAsync(upstream, "bo");
        await WriteAsync(upstream, "dy");
        Assert.That(connection.Writes, Is.EqualTo((string[])[Head + "bo", "dy"]));
    }

    [Test]
    public async Task A_head_goes_ahead_of_a_body_that_is_still_to_come()
    {
        await using var connection = new RecordingStream();
        await using var upstream = new UpstreamConnectionStream(connection);
        var head = OutgoingHead.Begin(keepLinesApart: false, goWithBody: true)!;

        await WriteAsync(upstream, Head);
        head.GoAhead();
        Assert.That(connection.Writes, Is.EqualTo((string[])[Head]));

        head.GoAhead();
        await WriteAsync(upstream, "body");
        Assert.That(connection.Writes, Is.EqualTo((string[])[Head, "body"]));
    }

    [Test]
    public async Task A_body_waits_for_the_head_that_has_gone_ahead()
    {
        var taken = new TaskCompletionSource();
        await using var connection = new RecordingStream { Taken = taken.Task };
        await using var upstream = new UpstreamConnectionStream(connection);
        var head = OutgoingHead.Begin(keepLinesApart: false, goWithBody: true)!;
        await WriteAsync(upstream, Head);
        head.GoAhead();

        var body = WriteAsync(upstream, "body");
        Assert.That(connection.Writes, Is.EqualTo((string[])[Head]));

        taken.SetResult();
        await body;
        Assert.That(connection.Writes, Is.EqualTo((string[])[Head, "body"]));
    }

    [Test]
    public async Task A_large_piece_of_a_body_is_not_copied_to_its_head()
    {
        await using var connection = new RecordingStream();
        await using var upstream = new UpstreamConnectionStream(connection);
        OutgoingHead.Begin(keepLinesApart: false, goWithBody: true);
        var body = new string('x', 64 * 1024);

        await WriteAsync(upstream, Head);
        await WriteAsync(upstream, body);

        Assert.That(connection.Writes, Is.EqualTo((string[])[Head, body]));
    }

    [Test]
    public async Task A_request_that_has_no_body_passes_as_it_is_written()
    {
        await using var connection = new RecordingStream();
        await using var upstream = new UpstreamConnectionStream(connection);
        OutgoingHead.Begin(keepLinesApart: false, goWithBody: false);

        await WriteAsync(upstream, Head);

        Assert.That(connection.Writes, Is.EqualTo((string[])[Head]));
    }

    [Test]
    public async Task Only_a_whole_head_is_held()
    {
        await using var connection = new RecordingStream();
        await using var upstream = new UpstreamConnectionStream(connection);
        OutgoingHead.Begin(keepLinesApart: false, goWithBody: true);

        await WriteAsync(upstream, Head[..30]);
        await WriteAsync(upstream, Head[30..]);

        Assert.That(connection.Writes, Is.EqualTo((string[])[Head[..30], Head[30..]]));
    }

    [Test]
    public async Task A_fault_of_the_connection_is_told_to_who_writes_to_it_and_not_to_who_reads_the_body()
    {
        await using var connection = new RecordingStream { Fault = new IOException("Connection reset by peer.") };
        await using var upstream = new UpstreamConnectionStream(connection);
        var head = OutgoingHead.Begin(keepLinesApart: false, goWithBody: true)!;

        await WriteAsync(upstream, Head);
        Assert.That(head.GoAhead, Throws.Nothing);

        Assert.That(async () => await WriteAsync(upstream, "body"), Throws.Exception.SameAs(connection.Fault));
    }

    [TestCase("one write")]
    [TestCase("pieces")]
    public async Task Lines_of_a_head_that_is_written_to_another_connection_again_are_kept_apart(string how)
    {
        await using var closed = new RecordingStream();
        await using var other = new RecordingStream();
        await using var first = new UpstreamConnectionStream(closed);
        await using var second = new UpstreamConnectionStream(other);
        OutgoingHead.Begin(keepLinesApart: true, goWithBody: false);

        foreach (var upstream in (UpstreamConnectionStream[])[first, second])
        {
            foreach (var piece in how == "pieces" ? Marked.Chunk(1) : [Marked.ToArray()])
            {
                await WriteAsync(upstream, new string(piece));
            }
        }

        await WriteAsync(second, "a body\u001fof its own\r\n\r\n\u001f");
        Assert.That(string.Concat(closed.Writes), Is.EqualTo(Apart));
        Assert.That(string.Concat(other.Writes), Is.EqualTo(Apart + "a body\u001fof its own\r\n\r\n\u001f"));
    }

    [Test]
    public async Task A_request_for_a_tunnel_is_not_the_head_and_what_passes_the_tunnel_stays_as_it_is()
    {
        const string Connect = "CONNECT upstream:443 HTTP/1.1\r\nHost: upstream\r\n\r\n";
        const string Encrypted = "\u0016\u0003\u001f\r\n\r\n\u001f";
        await using var proxy = new RecordingStream();
        await using var connection = new RecordingStream();
        await using var tunnel = new UpstreamConnectionStream(proxy);
        await using var upstream = new UpstreamConnectionStream(connection);
        OutgoingHead.Begin(keepLinesApart: true, goWithBody: false);

        await WriteAsync(tunnel, Connect);
        await WriteAsync(tunnel, Encrypted);
        await WriteAsync(upstream, Marked);
        await WriteAsync(tunnel, Encrypted);

        Assert.That(proxy.Writes, Is.EqualTo((string[])[Connect, Encrypted, Encrypted]));
        Assert.That(connection.Writes, Is.EqualTo((string[])[Apart]));
    }

    [Test]
    public async Task A_head_that_a_proxy_wants_again_with_a_password_has_its_lines_apart_too()
    {
        await using var connection = new RecordingStream();
        await using var upstream = new UpstreamConnectionStream(connection);
        OutgoingHead.Begin(keepLinesApart: true, goWithBody: false, isAlone: true);

        await WriteAsync(upstream, Marked);
        await WriteAsync(upstream, Marked);

        Assert.That(connection.Writes, Is.EqualTo((string[])[Apart, Apart]));
    }

    private static ValueTask WriteAsync(Stream stream, string text) => stream.WriteAsync(Encoding.Latin1.GetBytes(text));

    private sealed class RecordingStream : MemoryStream
    {
        public List<string> Writes { get; } = [];

        public Exception? Fault { get; init; }

        public Task Taken { get; init; } = Task.CompletedTask;

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (Fault is not null)
            {
                return ValueTask.FromException(Fault);
            }

            Writes.Add(Encoding.Latin1.GetString(buffer.Span));
            return new ValueTask(Taken);
        }
    }
}
