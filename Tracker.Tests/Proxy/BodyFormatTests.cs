using System.Text;
using Tracker.Proxy.Capture;
using Tracker.Proxy.Providers.Anthropic;
using Tracker.Proxy.Providers.OpenAI;

namespace Tracker.Tests.Proxy;

/// <summary>Answers whose header does not say what they are.</summary>
public sealed class BodyFormatTests
{
    private const string Event = """data: {"type":"response.completed","response":{"id":"resp_0123456789abcdef","model":"m","status":"completed","usage":{"input_tokens":5,"output_tokens":7}}}""" + "\n\n";
    private const string Document = """{"id":"resp_0123456789abcdef","model":"m","status":"completed","usage":{"input_tokens":5,"output_tokens":7}}""";

    [Test]
    public void Body_tells_whatever_the_header_says_and_however_it_is_cut(
        [Values(null, "", "text/plain", "application/json", "text/event-stream", "application/octet-stream")] string? contentType,
        [Values("event: response.completed\n" + Event, Event, ": hello\n\n" + Event, "id: 1\n" + Event, "retry: 10\n\n" + Event, "\r\n\n" + Event, "\uFEFF" + Event, Document, " \n" + Document + "\n", "\uFEFF" + Document)] string body)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        foreach (var pieces in Pieces.InTwo(bytes).Append(Pieces.OneByOne(bytes)))
        {
            var reader = new OpenAIResponsesUsageReader(BodyFormats.FromContentType(contentType));
            foreach (var piece in pieces)
            {
                reader.Read(piece);
            }

            Assert.That(
                (reader.IsComplete, reader.Usage.ResponseId, reader.Usage.Model, reader.Usage.InputTokens, reader.Usage.OutputTokens),
                Is.EqualTo((true, "resp_0123456789abcdef", "m", 5, 7)), $"cut at {pieces[0].Length}");
        }
    }

    [TestCase("application/x-ndjson")]
    [TestCase("application/jsonl")]
    public void Lines_are_told_by_the_header(string contentType) =>
        Assert.That(BodyFormats.Settle(BodyFormats.FromContentType(contentType), (byte)'{'), Is.EqualTo(BodyFormat.JsonLines));

    [Test]
    public void Stream_that_begins_in_no_known_way_is_what_its_header_says() =>
        Assert.That(BodyFormats.Settle(BodyFormat.EventStream, (byte)'x'), Is.EqualTo(BodyFormat.EventStream));

    [TestCase("")]
    [TestCase("<html>data: {}")]
    [TestCase("not found")]
    public void What_is_neither_makes_no_usage(string body)
    {
        var reader = new AnthropicUsageReader(BodyFormat.Json);
        reader.Read(Encoding.UTF8.GetBytes(body));

        Assert.That((reader.IsComplete, reader.Usage.HasCounts), Is.EqualTo((false, false)));
    }
}
