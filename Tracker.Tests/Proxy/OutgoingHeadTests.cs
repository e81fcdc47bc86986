using System.Text;
using Tracker.Proxy.Forwarding;

namespace Tracker.Tests.Proxy;

public sealed class OutgoingHeadTests
{
    private const string Head = "POST /v1/messages HTTP/1.1\r\nHost: upstream\r\nContent-Length: 4\r\n\r\n";

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

    private static ValueTask WriteAsync(Stream stream, string text) => stream.WriteAsync(Encoding.Latin1.GetBytes(text));

    private sealed class RecordingStream : MemoryStream
    {
        public List<string> Writes { get; } = [];

        public Exception? Fault { get; init; }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (Fault is not null)
            {
                return ValueTask.FromException(Fault);
            }

            Writes.Add(Encoding.Latin1.GetString(buffer.Span));
            return ValueTask.CompletedTask;
        }
    }
}
