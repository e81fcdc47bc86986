using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Tracker.Proxy.Forwarding;

namespace Tracker.Tests.Proxy;

public sealed class HiddenUsageStreamTests
{
    private const string Usage = """{"id":"c","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}""";

    private static readonly string[] Asked =
    [
        ": comment\n\n",
        "data: {\"id\":\"c\",\"choices\":[{\"delta\":{\"content\":\"a\"}}],\"usage\":null}\n\n",
        "event: x\ndata: {\"id\":\"c\", \"choices\": [{\"delta\": {}}], \"usage\": null, \"obfuscation\": \"ab\"}\nid: 1\n\n",
        "data: {\"usage\":null , \"choices\":[]}\n\n",
        "data: {\"usage\":null}\n\n",
        "data: {\"choices\":[{\"usage\":null}],\"usage\":{\"total_tokens\":3}}\n\n",
        $"data: {Usage}\n\n",
        "data: {\"error\":{\"message\":\"usage\",\"usage\":null}}\n\n",
        "data: not json, \"usage\":null\n\n",
        "data: {\"usage\":null\ndata: }\n\n",
        "\n\n",
        $"data:{Usage} \n\n",
        "data: [DONE]\n\n",
        "data: {\"\\ud83d\":1,\"usage\":null}\n\n",
        "data: {\"usage\":null}",
    ];

    private static readonly string[] Wanted =
    [
        Asked[0],
        "data: {\"id\":\"c\",\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n",
        "event: x\ndata: {\"id\":\"c\", \"choices\": [{\"delta\": {}}], \"obfuscation\": \"ab\"}\nid: 1\n\n",
        "data: {\"choices\":[]}\n\n",
        "data: {}\n\n",
        Asked[5],
        "",
        Asked[7],
        Asked[8],
        Asked[9],
        Asked[10],
        "",
        Asked[12],
        Asked[13],
        Asked[14],
    ];

    [TestCase("\n")]
    [TestCase("\r\n")]
    [TestCase("\r")]
    public async Task What_the_question_added_is_missing_however_the_stream_is_cut(string lineEnd)
    {
        var asked = Encoding.UTF8.GetBytes(string.Concat(Asked).Replace("\n", lineEnd, StringComparison.Ordinal));
        var wanted = string.Concat(Wanted).Replace("\n", lineEnd, StringComparison.Ordinal);

        foreach (var pieces in Pieces.InTwo(asked).Append(Pieces.OneByOne(asked)))
        {
            Assert.That(await PassAsync(pieces, "text/event-stream"), Is.EqualTo(wanted), $"cut at {pieces[0].Length}");
        }
    }

    [Test]
    public async Task An_event_passes_as_soon_as_it_is_whole()
    {
        using var client = new MemoryStream();
        await using var stream = Open(client, "text/event-stream; charset=utf-8");

        await stream.WriteAsync("data: {\"a\":1}\n"u8.ToArray());
        Assert.That(client.Length, Is.Zero);
        await stream.WriteAsync("\ndata"u8.ToArray());

        Assert.That(Encoding.UTF8.GetString(client.ToArray()), Is.EqualTo("data: {\"a\":1}\n\n"));
    }

    [Test]
    public async Task An_event_that_is_longer_than_any_passes_as_it_is_and_the_next_is_read()
    {
        var endless = "data: {\"a\":\"" + new string('x', HiddenUsageStream.LongestEvent) + "\",\"usage\":null}\n\n";

        Assert.That(await PassAsync(Pieces.Of(Encoding.UTF8.GetBytes(endless + $"data: {Usage}\n\ndata: {{\"usage\":null}}\n\n"), [10_000]), "text/event-stream"), Is.EqualTo(endless + "data: {}\n\n"));
    }

    [TestCase(null)]
    [TestCase("text/plain")]
    [TestCase("application/json")]
    public async Task A_stream_whose_header_does_not_say_so_is_told_by_its_beginning(string? type)
    {
        var asked = Encoding.UTF8.GetBytes($" \r\n\ndata: {{\"a\":1,\"usage\":null}}\n\ndata: {Usage}\n\ndata: [DONE]\n\n");

        foreach (var pieces in Pieces.InTwo(asked).Append(Pieces.OneByOne(asked)))
        {
            Assert.That(await PassAsync(pieces, type), Is.EqualTo(" \r\n\ndata: {\"a\":1}\n\ndata: [DONE]\n\n"), $"cut at {pieces[0].Length}");
        }
    }

    [TestCase("text/event-stream", "gzip", null)]
    [TestCase(null, "gzip", null)]
    [TestCase("application/json", null, 83)] // The length has been told; nobody has been seen to send a stream so.
    public async Task Other_answers_pass_as_they_are(string? type, string? encoding, long? length)
    {
        var answer = $"data: {Usage}\n\n";

        Assert.That(await PassAsync([Encoding.UTF8.GetBytes(answer)], type, encoding, length), Is.EqualTo(answer));
    }

    [TestCase(null)]
    [TestCase("application/json")]
    [TestCase("text/event-stream")]
    public async Task A_document_passes_as_it_is(string? type)
    {
        const string document = """{"choices":[{}],"usage":null}""";

        foreach (var pieces in Pieces.InTwo(Encoding.UTF8.GetBytes(document)))
        {
            Assert.That(await PassAsync(pieces, type), Is.EqualTo(document));
        }
    }

    private static async Task<string> PassAsync(IReadOnlyList<byte[]> pieces, string? type, string? encoding = null, long? length = null)
    {
        using var client = new MemoryStream();
        await using var stream = Open(client, type, encoding, length);
        foreach (var piece in pieces)
        {
            await stream.WriteAsync(piece);
        }

        await stream.EndAsync(CancellationToken.None);
        return Encoding.UTF8.GetString(client.ToArray());
    }

    private static HiddenUsageStream Open(Stream client, string? type, string? encoding = null, long? length = null)
    {
        using var response = new HttpResponseMessage(HttpStatusCode.OK) { Content = new BodyOfUnknownLength() };
        response.Content.Headers.ContentLength = length;
        response.Content.Headers.ContentType = type is null ? null : MediaTypeHeaderValue.Parse(type);
        if (encoding is not null)
        {
            response.Content.Headers.ContentEncoding.Add(encoding);
        }

        var stream = new HiddenUsageStream(client);
        stream.Begin(response);
        return stream;
    }

    /// <summary>As that of an answer from the network.</summary>
    private sealed class BodyOfUnknownLength : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => Task.CompletedTask;

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
