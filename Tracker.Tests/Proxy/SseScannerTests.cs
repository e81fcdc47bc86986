using System.Text;
using CsCheck;
using Tracker.Proxy.Capture;

namespace Tracker.Tests.Proxy;

public sealed class SseScannerTests
{
    private static readonly string[] LineEnds = ["\n", "\r\n", "\r"];

    [TestCase("data: {1}\n\n", "{1}")]
    [TestCase("data:{1}\n\n", "{1}")] // No space after the colon
    [TestCase("event: a\ndata: {1}\n\nevent: b\ndata: {2}\n\n", "{1}|{2}")]
    [TestCase("data: {1}\nevent: a\nid: 7\nretry: 10\n\n", "{1}")] // Fields after the data
    [TestCase("\uFEFFevent: a\ndata: {1}\n\n", "{1}")] // Byte order mark before the first event's name
    [TestCase(": ping\n\ndata: {1}\n\n:\n\n", "{1}")] // Comments
    [TestCase("data: {1\n: between\ndata: ,2}\n\n", "{1,2}")] // Data of several lines, with a comment between
    [TestCase("data: {\ndata:\ndata\ndata: 1}\n\n", "{1}")] // Empty lines of data
    [TestCase("\n\n\ndata: {1}\n\n\n\n", "{1}")] // Blank lines without an event
    [TestCase("event: a\n\ndata: {1}\n\n", "{1}")] // Event without data
    [TestCase("datax: {0}\ndat: {0}\nda\nDATA: {0}\n data: {0}\ndata : {0}\nxdata: {0}\ndata: {1}\n\n", "{1}")] // Fields of similar names
    [TestCase("data: data: {1}\n\n", "data:{1}")] // Data that looks like a field
    [TestCase("data: {1}\n\ndata: {2}\n", "{1}")] // Event that has not ended
    [TestCase("data: {1}\n\ndata: {2}", "{1}")] // Line that has not ended
    [TestCase("", "")]
    public void Events_show_the_same_data_with_any_line_end_and_cut_at_every_byte_offset(string stream, string events)
    {
        foreach (var bytes in LineEnds.Select(end => Encoding.UTF8.GetBytes(stream.Replace("\n", end))))
        {
            Assert.That(Read(Pieces.OneByOne(bytes)), Is.EqualTo(events));
            foreach (var pieces in Pieces.InTwo(bytes))
            {
                Assert.That(Read(pieces), Is.EqualTo(events), $"cut at {pieces[0].Length}");
            }
        }
    }

    [Test]
    public void Line_ends_may_change_within_a_stream()
    {
        var bytes = "data: {1\r\ndata: ,2\rdata: ,3}\n\r\ndata: {4}\r\r\ndata: {5}\n\n"u8.ToArray();

        Assert.That(Read([bytes]), Is.EqualTo("{1,2,3}|{4}|{5}"));
        Assert.That(Pieces.InTwo(bytes).Select(Read), Has.All.EqualTo("{1,2,3}|{4}|{5}"));
    }

    [Test]
    public void Any_events_in_any_pieces_come_out_as_they_were()
    {
        var line = Gen.OneOf(Gen.OneOf("a", "d", ":", "data", "{", "}", "é", "😀").Array[1, 40].Select(string.Concat), Gen.Int[1, 5000].Select(length => new string('x', length)));
        var notData = Gen.OneOf("event: x", ": data: comment", "id: 1", "dat: 1", "dataset: 1", "data");
        var lines = Gen.Select(line, notData, Gen.Bool, (text, other, isFirst) => (Text: text, Other: other, IsFirst: isFirst)).Array[1, 4];
        Gen.Select(lines.Array[0, 6], Gen.OneOf(LineEnds), Pieces.Lengths).Sample((events, end, lengths) =>
        {
            var stream = string.Concat(events.Select(lines => string.Concat(lines.Select(line => line.IsFirst ? $"data: {line.Text}{end}{line.Other}{end}" : $"{line.Other}{end}data:{line.Text}{end}")) + end));

            var found = Read(Pieces.Of(Encoding.UTF8.GetBytes(stream), lengths));

            return found == string.Join('|', events.Select(lines => string.Concat(lines.Select(line => line.Text))));
        }, iter: 2000);
    }

    [Test]
    public void Garbage_never_throws() => Gen.OneOf(Gen.Byte.Array[0, 200], Gen.OneOf("data: \r\n"u8.ToArray()).Array[0, 200])
        .Sample(bytes => Read(Pieces.OneByOne(bytes)) == Read([bytes]), iter: 20_000);

    /// <summary>The data of all events that have some, without the spaces that JSON does not see.</summary>
    private static string Read(IReadOnlyList<byte[]> pieces)
    {
        var visitor = new Visitor();
        var scanner = new SseScanner(visitor);
        foreach (var piece in pieces)
        {
            scanner.Read(piece);
        }

        return string.Join('|', visitor.Events.Where(data => data.Length > 0));
    }

    private sealed class Visitor : ISseVisitor
    {
        private readonly List<byte> _data = [];

        public List<string> Events { get; } = [];

        public void OnData(ReadOnlySpan<byte> piece) => _data.AddRange(piece);

        public void OnEventEnd()
        {
            Events.Add(Encoding.UTF8.GetString([.. _data]).Replace(" ", ""));
            _data.Clear();
        }
    }
}
